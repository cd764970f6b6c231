#!/bin/sh
# A list scanned in eight parts by a Slurm job array, each part by a task of its own. A task that is
# requeued continues its own file. docs/scale.md says how to choose the number of parts and the pace.
#
#     scan=$(sbatch --parsable slurm-scan.sh /shared/suppliers.csv /shared/results)
#     sbatch --dependency=afterok:$scan --wrap \
#         'mxgrade merge /shared/results/part*.jsonl.zst -o /shared/results/merged.jsonl.zst'
#
#SBATCH --job-name=mxgrade
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=12:00:00
# SIGTERM lets the dialogues under way end, which takes three minutes at most.
#SBATCH --signal=B:TERM@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=mxgrade-%A-%a.log
list=$1
results=$2
exec mxgrade scan "$list" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --resume -o "$results/part$SLURM_ARRAY_TASK_ID.jsonl.zst" --progress never
