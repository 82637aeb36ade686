"""From predictions to a score card: metric, bands, interval, reasons, and what the predictions show."""
