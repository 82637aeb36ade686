"""The pages, looked at with the browser that people look at them with."""
