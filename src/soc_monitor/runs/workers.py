"""Workers: where graphs are computed, in threads of this process or on a Dask cluster.

The answers are the same bits: sums are exact, so it does not matter who adds them up, in which
order, or how often a worker was lost and its part done again.
"""

from types import TracebackType
from typing import Any, Self

from dask.base import compute
from distributed import Client
from distributed.client import FutureCancelledError
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.core import CommClosedError
from distributed.comm.registry import get_backend
from distributed.scheduler import KilledWorker
from distributed.security import Security

from soc_monitor.errors import ClusterUnavailable

CONNECT_S = 30
"""How long a scheduler may take to answer."""

NO_CERTIFICATES = (
    "Name them to Dask: DASK_DISTRIBUTED__COMM__TLS__CA_FILE,"
    " DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY."
)


def _check(address: str) -> None:
    """Whether a client could be made; one that is half made ends in a trace when the process does.

    Raises:
        ClusterUnavailable: the scheduler is reached by TLS, and there are no certificates.
        OSError: they cannot be read.
        ValueError: it is no address.
    """
    scheme, place = parse_address(address)
    get_backend(scheme)
    parse_host_port(place)
    if scheme == "tls" and Security().get_connection_args("client")["ssl_context"] is None:
        raise ClusterUnavailable(f"{address}: there are no certificates", hint=NO_CERTIFICATES)


class Workers:
    """Computes graphs; a cluster is reached for when there is something to compute.

    Example:
        >>> from dask.delayed import delayed
        >>> with Workers() as workers:
        ...     workers.compute(delayed(sum)([1, 2]))
        3
    """

    def __init__(self, address: str = "") -> None:
        """``address``: of a Dask scheduler, ``tcp://…``; empty: threads of this process."""
        self.address = address
        self._client: Any = None

    @property
    def elsewhere(self) -> bool:
        """Whether tasks run in other processes, which share the arrays folder and no memory."""
        return bool(self.address)

    def compute(self, graph: Any) -> Any:
        """What a graph comes to; of a list of graphs a list, each of which comes from its worker.

        Put together by a task, all of them would be held by one worker, and sent twice.

        Raises:
            ClusterUnavailable: the scheduler does not answer, or a task has killed its workers.
        """
        if not self.elsewhere:
            (found,) = compute(graph)
            return found
        client = self._connect()
        try:
            return client.compute(graph, sync=True)
        except KilledWorker as error:
            hint = "Give each Dask worker more memory."
            raise ClusterUnavailable(f"{self.address}: {error}", hint=hint) from error
        except (CommClosedError, FutureCancelledError) as error:
            raise ClusterUnavailable(f"{self.address}: lost while at work: {error}") from error

    def _connect(self) -> Any:
        if self._client is None:
            try:
                _check(self.address)
                self._client = Client(self.address, timeout=CONNECT_S, set_as_default=False)
            except (OSError, TimeoutError, ValueError) as error:
                raise ClusterUnavailable(f"{self.address}: {error}") from error
        return self._client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
