"""Where models run: beside nothing they could steal, and with nothing they could forge."""
