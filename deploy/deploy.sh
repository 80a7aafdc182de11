#!/bin/sh
# Brings work pool, deployments and the automation for lost runs to the Prefect server of PREFECT_API_URL. Can be run again.
set -eu
cd "$(dirname "$0")/.."

prefect work-pool create storywire --type process --overwrite
prefect --no-prompt deploy --all --prefect-file deploy/prefect.yaml

# `prefect deploy` ends with 0 also where it skipped a deployment; and a second automation of a name is one more.
python - <<'END'
from prefect.client.orchestration import get_client

with get_client(sync_client=True) as client:
    for flow in ("collect", "update-storylines", "deliver", "sweep"):
        client.read_deployment_by_name(f"{flow}/storywire")
    for old in client.read_automations_by_name("storywire - runs whose process is gone"):
        client.delete_automation(old.id)
END
prefect automation create --from-file deploy/stopped-runs.yaml
