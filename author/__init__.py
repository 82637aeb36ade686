"""The kit for problems of one's own: made from an example or from data, and proven before anyone sits it."""
