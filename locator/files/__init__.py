"""Any file as a table: encodings, workbooks, archives, layers, records, and the limits of reading them."""
