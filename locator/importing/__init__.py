"""Any list a union has, turned into stations: read, understood, placed, judged and merged."""
