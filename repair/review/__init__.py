"""What lies after the batch: the queue, decisions, applying, the review page, exports.

queue.py     findings and the append-only log of decisions, in SQLite or PostgreSQL
apply.py     original + journal + decisions -> final text; pure
exports.py   the queue as jsonl, csv, Label Studio, Argilla, SARIF, and decisions back
web.py       the review page; terminal.py the same by keyboard over ssh
"""
