#!/usr/bin/env bash
# Starts the machine that is to become a runner.
set -euo pipefail

terraform init -input=false
terraform apply -input=false -auto-approve
