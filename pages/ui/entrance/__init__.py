"""The way in: the gate before everything else, and the pages that people pass it by.

These pages are plain HTML from the server: they work without JavaScript, before anybody is
signed in, and password managers know what they see.
"""
