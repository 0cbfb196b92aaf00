"""`manage.py scan_weights`: add adapters from the site's folders, and report on the folders of other programs."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import filesizeformat

from generation.checkpoints import adapters, model_folders, presence
from generation.checkpoints.actions import LocationRefused
from generation.weights.reading import one_line


class Command(BaseCommand):
    """Scans SDSITE_DATA/checkpoints/loras, embeddings and so on, and SDSITE_MODEL_FOLDERS. Reads headers only."""

    help = (
        "Add adapters from their folders below SDSITE_DATA/checkpoints, and list what lies in SDSITE_MODEL_FOLDERS: "
        "what each file is, what is new, and what is refused with code and reason. Known rows are not changed."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--add", action="store_true", help="Offer what is new in SDSITE_MODEL_FOLDERS too.")

    def handle(self, *args: Any, **options: Any) -> None:
        self._look()
        found = adapters.scan()
        for adapter in found.added:
            note = "" if adapter.enabled else f"; disabled: {adapter.last_error}"
            if left_out := adapters.left_out_note(adapter):
                note += f"; {left_out}"
            self.stdout.write(f"{adapter.kind} {adapter.slug} ({adapter.family or 'any family'}){note}")
        for path, why in found.refused.items():
            self.stderr.write(f"{one_line(path)}: {why}")
        self.stdout.write(f"{len(found.added)} added, {len(found.refused)} refused.")
        if model_folders.roots():
            self._report(add=options["add"])

    def _look(self) -> None:
        """Tell what vanished, is back, or was found elsewhere by its checksum; the latter before it is added anew."""
        changes = presence.look()
        changes.moved = presence.find_moved()
        for row in changes.gone:
            if row not in changes.moved:
                self.stdout.write(f"missing  {row.slug}: {row.last_error}")
        for row in changes.back:
            self.stdout.write(f"back     {row.slug}")
        for row in changes.moved:
            row.refresh_from_db()
            self.stdout.write(f"moved    {row.slug}: {one_line(row.location)}")

    def _report(self, *, add: bool) -> None:
        counts = {"new": 0, "added": 0, "offered": 0, "refused": 0}
        for finding in model_folders.report():
            state = finding.state
            words = [finding.what]
            if finding.details:
                words.append(finding.details)
            if finding.size_bytes:
                words.append(filesizeformat(finding.size_bytes))
            if finding.row is not None:
                words.append(f"as {finding.row.slug}")
            if state == "new" and add:
                state = self._add(finding, words)
            if finding.refused:
                words.append(f"{finding.refused.code}: {finding.refused.message}")
            counts[state] += 1
            self.stdout.write(f"{state:<8} {one_line(finding.path)}: {'; '.join(words)}")
        self.stdout.write(", ".join(f"{count} {state}" for state, count in counts.items()) + ".")

    def _add(self, finding: model_folders.Finding, words: list[str]) -> str:
        try:
            row = model_folders.add(str(finding.path), actor=None)
        except LocationRefused as refused:
            words.append(str(refused))
            return "refused"
        words.append(f"as {row.slug}")
        return "added"
