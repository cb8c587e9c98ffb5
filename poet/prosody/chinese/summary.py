"""A scan in one line, in sentences, and as plain values.

The plain values, which `poet scan --json` prints one a poem:

    form, kind, order    names; kind is 古絕 or 古詩 where the form's rules were not meant
    asked                whether the form was asked for
    lines                text, tones and asked (平 仄 中 either ？ unknown), rhymes
    rhymes               name, lines, characters
    faults, doubts       name, line, places, characters, found, needed, sentence;
                         doubts are faults only where every reading has to fit
    warnings, remarks    name, lines, sentence
    ambiguous, unknown   line, place, character
    fits, of             characters whose tone fits, of those whose tone is known
    keeps                lenient and strict: whether all rules of the form are kept
    verdict              one line
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from poet.prosody.chinese.faults import Fault, explain

if TYPE_CHECKING:
    from poet.prosody.chinese.scan import Scan


def summary(scan: Scan, strict: bool = False) -> str:
    """One line: form, order, rhyme, how many tones fit, and the faults by name."""
    if not scan.lines:
        return "no verse"
    count = len(scan.lines)
    if scan.form is None and not scan.kind:
        lengths = sorted({len(line) for line in scan.lines})
        shape = " ".join(map(str, lengths))
        characters = "character" if shape == "1" else "characters"
        said = [f"no form: {count} line{'s' * (count > 1)} of {shape} {characters}"]
    elif scan.is_asked and scan.form and count != len(scan.form.lengths):
        needed = len(scan.form.lengths)
        lines = f"{count} of {needed}" if count < needed else f"{count}"
        return f"{lines} lines; {scan.form.name} needs {needed}."
    else:
        said = [f"{scan.kind} {scan.order}".strip()]
    said += [f"韻 {r.name} ({' '.join(r.characters)})" for r in scan.findings.rhymes]
    if scan.form is not None and not scan.is_old:
        if scan.form.rule != "lengths":
            said.append(f"格律 {fits(scan, strict)}/{scan.known}")
        said += [f"{name} {n}" for name, n in counts(scan, strict).items()]
    return " · ".join(said)


def counts(scan: Scan, strict: bool = False) -> dict[str, int]:
    """How often each fault occurs."""
    found = [*scan.faults, *(scan.findings.doubts if strict else ())]
    return dict(Counter(fault.name for fault in found))


def fits(scan: Scan, strict: bool = False) -> int:
    """How many of the characters whose tone is known fit; strict: however they are read."""
    wrong = set(scan.misfits)
    if strict:
        wrong |= {(fault.line, p) for fault in scan.findings.doubts for p in fault.places}
    return scan.known - len(wrong)


def sentences(scan: Scan, strict: bool = False) -> list[str]:
    """All that there is to say beside the verdict; nothing is called wrong in the old style."""
    if scan.is_old or scan.form is None:
        return [_spots("in no dictionary of rhymes", scan.unknown)] if scan.unknown else []
    found = [explain(fault) for fault in scan.faults if fault.name != "句數"]
    doubts = scan.findings.doubts
    if strict:
        found += [explain(fault) for fault in doubts]
    found += [f"{w.sentence} ({w.name}: allowed, but avoided)" for w in scan.warnings]
    found += [remark.sentence for remark in scan.remarks]
    if doubts and not strict:
        spots = [(fault.line, fault.places[0], fault.characters) for fault in doubts]
        found.append(_spots("can be 平 and 仄, taken for what is needed", spots))
    if scan.unknown:
        found.append(_spots("in no dictionary of rhymes, neither right nor wrong", scan.unknown))
    return found


def record(scan: Scan) -> dict[str, Any]:
    """The scan in plain values; what they are stands at the head of this module."""
    from poet.prosody.chinese.scan import SIGNS

    asked = [*scan.findings.asked, *("" for _ in scan.lines)]
    rhyming = {line for rhyme in scan.findings.rhymes for line in rhyme.lines}
    return {
        "form": scan.form.name if scan.form else "",
        "kind": scan.kind,
        "order": scan.order,
        "asked": scan.is_asked,
        "lines": [
            {
                "text": line,
                "tones": "".join(SIGNS[tone] for tone in scan.tones[i]),
                "asked": "" if scan.is_old else asked[i],
                "rhymes": i + 1 in rhyming,
            }
            for i, line in enumerate(scan.lines)
        ],
        "rhymes": [asdict(rhyme) for rhyme in scan.findings.rhymes],
        "faults": [_fault(fault) for fault in scan.faults],
        "doubts": [_fault(fault) for fault in scan.findings.doubts],
        "warnings": [asdict(warning) for warning in scan.warnings],
        "remarks": [asdict(remark) for remark in scan.remarks],
        "ambiguous": [spot._asdict() for spot in scan.ambiguous],
        "unknown": [spot._asdict() for spot in scan.unknown],
        "fits": fits(scan),
        "of": scan.known,
        "keeps": {"lenient": scan.keeps(), "strict": scan.keeps(strict=True)},
        "verdict": scan.verdict,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return asdict(fault) | {"sentence": explain(fault)}


def _spots(said: str, spots: Any) -> str:
    return f"{said}: " + ", ".join(f"{c} (line {line}, {place})" for line, place, c in spots)
