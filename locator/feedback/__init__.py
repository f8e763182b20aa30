"""What workers report and ask for, and what stewards do about it: reports, requests, lock marks, the audit log."""
