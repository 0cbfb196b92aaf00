"""Shares the tests of a run out to its processes (pytest-xdist)."""

from functools import cache

from xdist.scheduler import LoadScopeScheduling

from tests.support.site import ROOT

# Tests that start sites or other processes of their own.
OWN_SITES = (
    "tests/sdsite/server/",
    "tests/sdsite/devtools/",
    "tests/sdsite/management/",
    "tests/sdsite/core/http/",
    "tests/sdsite/test_asgi_imports.py",
    "tests/sdsite/test_env.py",
    "tests/sdsite/test_storage.py",
    "tests/generation/checkpoints/test_starter.py",
    "tests/generation/management/commands/test_reap_jobs.py",
)
ON_THE_LIVE_SITE = "tests/sdsite/devtools/bench/test_dialects.py"  # lies among them, but measures the live site


@cache
def group_of(file):
    """Return the name of the group whose tests one process runs: that of all sites, or the file itself."""
    if file.startswith(OWN_SITES) and file != ON_THE_LIVE_SITE:
        return "own sites"
    path = ROOT / file
    if "e2e" in file.split("/") or (path.exists() and "live_site" in path.read_text()):
        return "live site"
    return file


class OneForSites(LoadScopeScheduling):
    """Shares tests out by file, but lets one process run all that use the live site, and one all that start their own.

    More at once would only wait for each other's CPU. When a process dies, the test that it ran has failed, and what it
    had not begun is given to the others and to the process that xdist starts in its place.
    """

    def _split_scope(self, nodeid):
        return group_of(nodeid.split("::", 1)[0])

    def remove_node(self, node):
        """Forget a process; return the test in which it died, or None if it had nothing left to do.

        xdist's own method queues again also what is done and the test that kills: the next process gets nothing to run
        and waits for ever, or dies of the same test.
        """
        left = {
            group: [test for test, done in tests.items() if not done]
            for group, tests in self.assigned_work.pop(node).items()
        }
        deadly = next((test for tests in left.values() for test in tests), None)
        for group, tests in left.items():
            if rest := {test: False for test in tests if test != deadly}:
                self.workqueue[group] = rest
        for other in self.nodes:
            self._reschedule(other)
        return deadly

    def _reschedule(self, node):
        """Give a process more to do when it needs it: it begins a test only once it knows the one after."""
        super()._reschedule(node)
        while self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            self._assign_work_unit(node)
