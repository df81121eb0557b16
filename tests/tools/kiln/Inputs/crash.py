"""crash.py COMMAND...: waits until the command reads the FIFO that is its last word, then lets it crash."""
import os
import signal
import subprocess
import sys
import time

process = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)
fifo = os.open(sys.argv[-1], os.O_WRONLY)  # returns when the command has opened the other end
time.sleep(0.1)
process.send_signal(signal.SIGSEGV)
messages = process.communicate()[1]
os.close(fifo)
print("exit status", process.returncode)
print(messages)
