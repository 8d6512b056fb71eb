"""Solving the pools of a month: strongly connected blocks in topological order, each by what suits its size.

Plain pools of one level are solved together by division, small loops by dense LU with refinement, large loops by fixed
point, and by sparse LU where the fixed point creeps. Whatever the way, the residual is computed afterwards and proven.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from accounting.carbon.domain.balance.assembly import Assembled
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
Index = NDArray[np.integer[Any]]

FADING = 1e-290  # below it a double loses digits, so that a relative error says nothing; far less than a molecule
RESIDUAL = 1e-12
CLOSED = 1e-13  # share of what a loop delivers that must leave it
DENSE = 256  # pools; up to here dense LU is faster than anything sparse
MOST_STEPS = 500
SLOW = 0.99  # contraction of a step beyond which the fixed point is given up
LOOK = 5  # steps from one judgement of the change to the next; judging costs as much as a step
PATIENCE = 20  # steps before the contraction is judged


class ClosedLoop(Invalid):
    """A loop of streams has emissions and no way out, so its factors grow without end."""

    code = "balance.closed_loop"


class NotProven(Invalid):
    """The residual of the solution is larger than allowed."""

    code = "balance.residual"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The system in arrays: delivered x phi - flows @ phi = own."""

    pools: tuple[str, ...]
    gases: tuple[str, ...]
    delivered: Floats  # (n,)
    leaving: Floats  # (n,)
    flows: csr_array  # (n, n): row takes from column
    own: Floats  # (n, gases) [t]


@dataclass(frozen=True, slots=True)
class Solved:
    """Factors [t per unit], shape (pools, gases), and how good they are."""

    phi: Floats
    residual: float  # largest residual over largest factor, worst gas
    backward: float  # largest residual over the sum of the terms of its own row
    loops: int  # blocks of more than one pool
    largest: int  # pools of the largest block
    ways: tuple[str, ...]  # how loops were solved: dense, fixed point, sparse


def matrix_of(*, system: Assembled[float]) -> Matrix:
    """The lists of an assembled month as arrays."""
    n = len(system.pools)
    edges = np.fromiter(chain.from_iterable(system.edges), dtype=float, count=3 * len(system.edges)).reshape(-1, 3)
    places = edges[:, :2].astype(np.int32)
    flows = coo_array((edges[:, 2], (places[:, 0], places[:, 1])), shape=(n, n))
    own = np.array(system.own, dtype=float).reshape(n, len(system.gases))
    return Matrix(
        system.pools, system.gases, np.array(system.delivered, dtype=float), np.array(system.leaving, dtype=float), flows.tocsr(), own
    )  # fmt: skip


def transposed(*, matrix: Matrix, aim: Floats) -> Matrix:
    """The adjoint system for one or more right-hand sides, shape (n, aims)."""
    names = tuple(str(n) for n in range(aim.shape[1]))
    return Matrix(matrix.pools, names, matrix.delivered, np.zeros_like(matrix.leaving), csr_array(matrix.flows.T), aim)


def solve(*, matrix: Matrix, adjoint: bool = False) -> Solved:
    """Solve all gases at once and prove the residual.

    Args:
        matrix: from `matrix_of` or `transposed`.
        adjoint: of a transposed system nothing leaves, so the search for closed loops is left out.

    Raises:
        ClosedLoop: names the streams of a loop that has emissions and no outflow.
        NotProven: the relative residual exceeds 1e-12.
    """
    n, gases = matrix.own.shape
    phi = np.zeros((n, gases))
    if n == 0:
        return Solved(phi, 0.0, 0.0, 0, 0, ())
    count, label = connected_components(matrix.flows, directed=True, connection="strong")
    sizes = np.bincount(label, minlength=count)
    level = levels(flows=matrix.flows, label=label, count=count)
    outflow = np.full(n, np.inf) if adjoint else out_of_block(matrix=matrix, label=label)
    order = np.lexsort((label, level[label]))
    flows = csr_array(matrix.flows[order][:, order])
    inner = Matrix(
        tuple(matrix.pools[k] for k in order),
        matrix.gases,
        matrix.delivered[order],
        outflow[order],
        flows,
        matrix.own[order],
    )
    ways = []
    starts = np.flatnonzero(np.diff(level[label][order], prepend=-1))
    for start, stop in zip(starts, [*starts[1:], n], strict=True):
        ways += solve_level(matrix=inner, start=int(start), stop=int(stop), label=label[order], sizes=sizes, phi=phi)
    residual, backward = proven(matrix=inner, phi=phi)
    found = np.empty_like(phi)
    found[order] = phi
    return Solved(found, residual, backward, int((sizes > 1).sum()), int(sizes.max()), tuple(sorted(set(ways))))


def levels(*, flows: csr_array, label: Index, count: int) -> Index:
    """Level of each block: one more than the highest block it takes from."""
    edges = flows.tocoo()
    into, source = label[edges.row], label[edges.col]
    across = into != source
    # One number for each pair: sorting numbers is many times faster than sorting rows.
    keys = np.unique(source[across].astype(np.int64) * count + into[across])
    pairs = np.stack([keys // count, keys % count], axis=1)
    level = np.zeros(count, dtype=np.intp)
    if len(pairs) == 0:
        return level
    # The labels of SciPy come in topological order, but it does not promise that.
    if (pairs[:, 0] > pairs[:, 1]).all():
        pairs = pairs[::-1]
    if (pairs[:, 0] < pairs[:, 1]).all() or (pairs[:, 0] > pairs[:, 1]).all():
        for one, other in pairs.tolist():
            level[other] = max(level[other], level[one] + 1)
        return level
    for _ in range(count):
        higher = level.copy()
        np.maximum.at(higher, pairs[:, 1], level[pairs[:, 0]] + 1)
        if (higher == level).all():
            break
        level = higher
    return level


def out_of_block(*, matrix: Matrix, label: Index) -> Floats:
    """Of each pool: what its whole block lets out, over what the block delivers. Sums of positives, nothing cancels."""
    edges = matrix.flows.tocoo()
    across = label[edges.row] != label[edges.col]
    out = np.bincount(edges.col[across], weights=edges.data[across], minlength=len(label)) + matrix.leaving
    blocks = np.bincount(label, weights=out) / np.bincount(label, weights=matrix.delivered)
    return np.asarray(blocks[label])


def solve_level(*, matrix: Matrix, start: int, stop: int, label: Index, sizes: Index, phi: Floats) -> list[str]:
    """Solve the blocks of one level in place; they do not depend on each other."""
    known = matrix.own[start:stop] + matrix.flows[start:stop] @ phi
    own_use = matrix.flows.diagonal()[start:stop]
    single = sizes[label[start:stop]] == 1
    refuse_closed(matrix=matrix, start=start, members=np.flatnonzero(single), known=known, looped=own_use > 0)
    net = matrix.delivered[start:stop] - own_use
    ready = single & (net > 0)
    phi[start:stop][ready] = known[ready] / net[ready, None]
    ways, place = [], start
    while place < stop:
        size = int(sizes[label[place]])
        if size > 1:
            ways.append(
                solve_block(
                    matrix=matrix,
                    start=place,
                    stop=place + size,
                    known=known[place - start : place - start + size],
                    phi=phi,
                )
            )
        place += size
    return ways


def refuse_closed(*, matrix: Matrix, start: int, members: Index, known: Floats, looped: NDArray[np.bool_]) -> None:
    for member in members[looped[members]]:
        if matrix.leaving[start + member] <= CLOSED and known[member].any():
            raise closed((matrix.pools[start + member],))


def closed(streams: tuple[str, ...]) -> ClosedLoop:
    return ClosedLoop(f"Nothing leaves the loop of {', '.join(streams)}.", streams=list(streams))


def solve_block(*, matrix: Matrix, start: int, stop: int, known: Floats, phi: Floats) -> str:
    """Solve one loop in place and tell the way."""
    if matrix.leaving[start] <= CLOSED:
        if known.any():
            raise closed(matrix.pools[start:stop])
        return "empty"
    delivered, block = matrix.delivered[start:stop], csr_array(matrix.flows[start:stop, start:stop])
    if stop - start <= DENSE:
        phi[start:stop] = dense(delivered=delivered, block=block, known=known)
        return "dense"
    found = fixed_point(delivered=delivered, block=block, known=known)
    if found is not None:
        phi[start:stop] = found
        return "fixed point"
    phi[start:stop] = sparse(delivered=delivered, block=block, known=known)
    return "sparse"


def dense(*, delivered: Floats, block: csr_array, known: Floats) -> Floats:
    matrix = np.diag(delivered) - block.toarray()
    factors = lu_factor(matrix, check_finite=False)
    found = lu_solve(factors, known, check_finite=False)
    for _ in range(2):
        found = found + lu_solve(factors, known - matrix @ found, check_finite=False)
    return np.asarray(found)


def sparse(*, delivered: Floats, block: csr_array, known: Floats) -> Floats:
    matrix = (diags_array(delivered) - block).tocsc()
    factors = splu(matrix)
    found = factors.solve(known)
    for _ in range(2):
        found = found + factors.solve(known - matrix @ found)
    return np.asarray(found)


def fixed_point(*, delivered: Floats, block: csr_array, known: Floats) -> Floats | None:
    """Sum of the series phi = b + G b + G G b ...; None where it converges too slowly."""
    step = csr_array(diags_array(1.0 / delivered) @ block)
    base = known / delivered[:, None]
    found, before = base, np.inf
    for number in range(0, MOST_STEPS, LOOK):
        for _ in range(LOOK - 1):
            found = base + step @ found
        following = base + step @ found
        change = float(np.max(np.abs(following - found) / np.maximum(np.abs(following).max(axis=0), 1e-300)))
        found = following
        rate = (change / before) ** (1 / LOOK) if before > 0 and np.isfinite(before) else 0.0
        if change <= 1e-15 or (0 < rate < 1 and change * rate / (1 - rate) <= 1e-16):
            return found
        if number > PATIENCE and rate > SLOW:
            return None
        before = change
    return None


def proven(*, matrix: Matrix, phi: Floats) -> tuple[float, float]:
    """Relative residual of the solution and its backward error.

    Raises:
        NotProven: either exceeds 1e-12, or a factor is no number.
    """
    taken, made = matrix.flows @ phi, matrix.delivered[:, None] * phi
    rest = np.abs(made - taken - matrix.own)
    largest = np.maximum(np.abs(phi).max(axis=0), FADING)
    residual = float(np.max(rest / matrix.delivered[:, None] / largest, initial=0.0))
    terms = np.abs(made) + np.abs(taken) + np.abs(matrix.own)
    backward = float(np.max(np.divide(rest, terms, out=np.zeros_like(rest), where=terms > FADING), initial=0.0))
    if not (residual <= RESIDUAL and backward <= RESIDUAL):
        raise NotProven(
            f"The residual is {residual:.3g}, backward error {backward:.3g}.", residual=residual, backward=backward
        )
    return residual, backward
