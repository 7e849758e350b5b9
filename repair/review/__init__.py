"""What lies after the batch: the queue, decisions, applying, the review page, exports.

queue.py     findings and the append-only log of decisions, in SQLite or PostgreSQL
             (schema.py, rows.py, filters.py; loading.py and carry.py for a new run)
apply.py     original + journal + decisions -> final text; pure
exports.py   the queue as jsonl, csv and formats.py's formats, and decisions back
web.py       the review page: guard.py lets in, pages.py answers, views.py and show.py
             make what is shown; terminal.py is the same by keyboard over ssh
"""
