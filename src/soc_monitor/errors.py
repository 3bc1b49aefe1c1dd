"""What can go wrong, in the words of the domain.

The docstring of each class is the title that a user sees; the message says what was found.
Nothing here knows of HTTP: ``api/problems.py`` maps errors to statuses.
"""

import errno


class SocMonitorError(Exception):
    """Something went wrong."""

    hint: str = ""
    """What to do about it, when that can be said."""

    def __init__(self, detail: str, *, hint: str = "", allowed: tuple[str, ...] = ()) -> None:
        """Keep what was found, what to do, and the values that would be right."""
        super().__init__(detail)
        self.detail = detail
        self.hint = hint or self.hint
        self.allowed = allowed

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring, without its full stop."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")


# --- what a reader may ask wrongly -------------------------------------------------------------


class UnknownArea(SocMonitorError):
    """There is no such area."""


class UnknownIndicator(SocMonitorError):
    """There is no such indicator."""


class UnknownProduct(SocMonitorError):
    """There is no such data product."""


class UnknownRelease(SocMonitorError):
    """There is no such release."""


class UnknownObjective(SocMonitorError):
    """There is no such objective or kpi."""


class UnknownPeriod(SocMonitorError):
    """There are no data for that period."""


class UnknownCalculation(SocMonitorError):
    """There is no such calculation."""


class UnknownTile(SocMonitorError):
    """There is no such tile."""


class UnknownStation(SocMonitorError):
    """There is no such station, or no such sensor at it."""


class NotPassedOn(SocMonitorError):
    """The licence of the source does not let its readings be passed on."""


class BadValue(SocMonitorError):
    """A parameter has a value that cannot be used."""


class BadShape(BadValue):
    """A shape cannot be used."""


class EmptyShape(BadShape):
    """A shape is empty."""


class ZeroWidth(BadShape):
    """A shape has no width and encloses nothing."""


class SelfCrossing(BadShape):
    """A shape crosses or overlaps itself."""


class OutsideGrid(BadShape):
    """A shape lies outside of the map."""


class TooSmall(BadShape):
    """A shape is too small to be weighed."""


class TooManyVertices(BadShape):
    """A shape has too many vertices."""


class TooManyShapes(BadShape):
    """There are too many shapes."""


class UnknownShare(SocMonitorError):
    """There is no such shared shape, or it was shared for as long as it should be."""


class UnknownSubscription(SocMonitorError):
    """There is no such subscription, or it was ended."""


class TooMuchToRead(BadShape):
    """A shape and its periods hold more cells than one answer may read."""


class BodyTooLarge(SocMonitorError):
    """The body of the request is too large."""


class TooLarge(BadValue):
    """An export is larger than its form allows."""


class UnknownExport(SocMonitorError):
    """There is no such export, or it was kept for as long as it should be."""


class BadManifest(SocMonitorError):
    """A file does not say how it is made again."""


class NothingPublished(SocMonitorError):
    """No release has been published yet."""

    hint = "An operator starts the first release with: soc-monitor up"


# --- what a unit of measure may do wrong -------------------------------------------------------


class UnitMismatch(SocMonitorError):
    """Two units of measure do not convert into each other."""


# --- what a source may do wrong ----------------------------------------------------------------


class FeedUnreachable(SocMonitorError):
    """The source could not be reached."""

    status = 0
    """What it answered (HTTP); 0: it did not answer."""


class NotThereYet(FeedUnreachable):
    """The source does not have this, or does not have it yet."""


class ItemRejected(SocMonitorError):
    """The source sent something that cannot be taken."""

    def __init__(self, rule: str, found: str) -> None:
        """``rule``: the name of the rule that was broken; ``found``: what was there instead."""
        super().__init__(f"{rule}: {found}")
        self.rule = rule
        self.found = found


class ItemHeld(ItemRejected):
    """The source sent something that an operator has to look at."""

    def __init__(self, rule: str, found: str, *, waits: bool) -> None:
        """``waits``: an operator has not said anything of it yet."""
        super().__init__(rule, found)
        self.waits = waits


# --- what a job or a run may do wrong ----------------------------------------------------------


class UnknownJob(SocMonitorError):
    """There is no such job."""


class BadJob(SocMonitorError):
    """A job file is not right."""


class UnknownRun(SocMonitorError):
    """There is no such run."""


class AmbiguousRun(SocMonitorError):
    """Several runs may be meant."""


class NotKept(SocMonitorError):
    """The files of a run cannot be read again."""

    hint = "SOC_KEEP_DAYS and SOC_KEEP_GB say how much is kept"


class LockedByAnotherRun(SocMonitorError):
    """Another run of this job is under way."""


class AlreadyRan(SocMonitorError):
    """This job has already run for this due time."""


class LeaseLost(SocMonitorError):
    """This run lost its lease to another and may not publish."""


class ClusterUnavailable(SocMonitorError):
    """The Dask cluster cannot be used."""

    hint = "Look at SOC_DASK; empty, everything is computed in threads of the worker."


class NoSpace(SocMonitorError):
    """There is no space left where the data are kept."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""What the system says when nothing can be written: full, one's share is used up, read-only."""


def is_full(error: BaseException) -> bool:
    """Whether what went wrong is that a disk, or the share of it that one may use, is full.

    Or that it takes nothing more for now: after a fault of its own the kernel lets it be read.

    Example:
        >>> is_full(OSError(errno.ENOSPC, "-")), is_full(PermissionError())
        (True, False)
    """
    return isinstance(error, OSError) and error.errno in FULL


class NothingToEstimate(SocMonitorError):
    """There are no boundaries or no slices to make estimates from."""


# --- what the plan and its registers may do wrong ------------------------------------------------


class BadPlan(SocMonitorError):
    """The plan's document is not as it should be."""


class UnknownRecord(SocMonitorError):
    """There is no such entry."""


class NotAllowed(SocMonitorError):
    """This may not be done by who asks for it."""


class NotSignedIn(SocMonitorError):
    """Nobody has signed in."""


class TooOften(SocMonitorError):
    """Too much was sent in too short a time."""

    def __init__(self, detail: str, *, hint: str = "", wait_s: int = 3600) -> None:
        """``wait_s``: how long to wait [s]."""
        super().__init__(detail, hint=hint)
        self.wait_s = wait_s


class BadEntry(SocMonitorError):
    """An entry of a register is not as it should be."""


class BadSubscription(BadEntry):
    """A subscription cannot be made as it was sent."""


# --- what the store may do wrong ---------------------------------------------------------------


class StoreUnavailable(SocMonitorError):
    """The database cannot be reached."""

    again = False
    """Another transaction was in the way: the same may be done at once."""


class BeingMade(SocMonitorError):
    """What was asked for is being made."""


class SchemaMismatch(SocMonitorError):
    """The database has a schema that this version does not know."""

    hint = "Run: soc-monitor migrate"


class ArrayDamaged(SocMonitorError):
    """A stored array is damaged or missing."""

    hint = "Run: soc-monitor verify"


class ShelfMissing(SocMonitorError):
    """A folder that the service needs is not there."""


class BadSetting(SocMonitorError):
    """A setting has a value that cannot be used."""
