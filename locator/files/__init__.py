"""Any file as a table: text, workbooks, documents, archives, layers, records, and the limits of reading them."""
