"""Small words, by what a line may do with them."""

from __future__ import annotations

_SHORT = """
a I O am an as at be by do go ha he hi ho if in is it lo me my no of oh on or so to up us we ye ah
ax ay eh ox
"""
# Written forms of one or two letters; the table has many that are names of letters
SHORT_WORDS = frozenset(_SHORT.split())

_HANGING = """
a an the th' of and to or nor but as if than that lest with from at by for in on into unto upon onto
through o'er till until since because while whilst ere although though tho' unless
my thy his her their its our your whose every no each
i he she we they thou ye who which what where when why how such so very too
am is are was were be been art wert shall will would should could can may might must do does
did doth dost hath has have had hast hadst shalt wilt wouldst couldst canst let
'tis 'twas 'twere 'twill 'neath 'mid 'mong 'gainst 'twixt amid amidst among amongst beneath
between betwixt against toward towards upon beyond
i'll i'd i'm i've he's she's it's we'll you'll they'll thou'rt thou'lt there's that's who's what's
he'll she'll we've you've they've we're you're they're thou'st he'd she'd we'd they'd 'twould
not never e'er ne'er oft even some any these those this both or'
"""
# Words after which a clause has to go on: they end no line, and no stop follows them
HANGING = frozenset(_HANGING.split())
