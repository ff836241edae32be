print("on: push")
