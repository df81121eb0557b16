"""peak-memory.py MEGABYTES COMMAND...: runs a command; exit status 1 when it fails or its resident memory exceeded the limit."""
import resource
import subprocess
import sys

status = subprocess.run(sys.argv[2:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
print(f"peak memory {peak:.0f} MB", file=sys.stderr)
sys.exit(status != 0 or peak > float(sys.argv[1]))
