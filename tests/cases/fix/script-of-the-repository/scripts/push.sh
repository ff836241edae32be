#!/bin/sh
git push --tags
