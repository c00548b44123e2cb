"""`reports/hapvr.ipynb`: its source kept plain, executed, made a page; and what its cells show."""
