"""Makes many empty and small files, 1,000 to a directory.

usage: many-files.py DIRECTORY COUNT
"""
import os
import sys

directory, count = sys.argv[1], int(sys.argv[2])
os.chdir(directory)
for number in range(count):
    if number % 1000 == 0:
        folder = "photos-%03d" % (number // 1000)
        os.mkdir(folder)
    with open("%s/IMG_%06d.jpg" % (folder, number), "wb", buffering=0) as file:
        if number % 10 == 0:
            file.write(b"not empty")
