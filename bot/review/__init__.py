"""Open pull requests of the program, proved afresh; failed runs, explained."""
