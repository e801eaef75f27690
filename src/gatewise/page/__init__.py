"""The page on which one sees an LSTM read: HTML, CSS and JavaScript as files, and a model as what they load."""
