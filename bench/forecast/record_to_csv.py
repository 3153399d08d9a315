"""Turns a run record into the compact table that the forecast's bench replays.

    python3 record_to_csv.py record.json 'what was trained' > data/NAME.csv
"""

import json
import sys


def main():
    path, what = sys.argv[1:]
    with open(path) as file:
        record = json.load(file)
    print(f"# {what}")
    print(f"# {record['started'][:7]}; one thread of a shared virtual machine; joules billed to the command, basis: modelled from CPU time")
    print("name,t_s,j")
    for mark in record["marks"]:
        print(f"{mark['name']},{mark['t_s']:.3f},{mark['j']:.3f}")
    print(f"end,{record['duration_s']:.3f},{record['energy']['billed']['j']:.3f}")


if __name__ == "__main__":
    main()
