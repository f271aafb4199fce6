"""Everything that a server holds, validated: by R4, and by the profiles of packages.

What enters: a server and profiles. What leaves: how many resources of each type are valid, what is wrong with the
others, what could not be checked, and which must-support elements are filled. Any number of resources passes through in
bounded memory.
"""
