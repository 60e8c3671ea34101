"""Models as others publish them: what such a package contains, pinned once, fetched and checked for a conversion.

What its files mean is read in convert/.
"""
