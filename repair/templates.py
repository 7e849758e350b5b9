"""What a template line is: one that many documents of a batch repeat, digits masked. The survey's
workers (`repair.residue.tables`) and the search over all of them (`repair.corpus.learn`), which
needs no stage, both ask here."""

# A line is a template from this many clusters of documents on: at ten unrelated articles a
# repeated line at their edge was residue in all that were looked at; five files yield none.
CLUSTERS = 10
SHARE = 0.9  # of its occurrences stand before the first or after the last line of prose
