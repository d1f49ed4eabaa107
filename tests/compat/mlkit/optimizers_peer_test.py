"""Our optimizers beside pagmo's: the hypervolume of ZDT fronts (5, which is of bits, is left out) at equal populations and
generations, and the known optima of ten functions in definitions that are not ours."""
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pygmo as pg

sys.path.insert(0, str(Path(__file__).parents[3] / "mlkit/python"))
import tusk_ml

SEEDS = (1, 2, 3)
REFERENCE = [1.1, 1.1]


def volume(front):
    """Of the points within the reference."""
    inside = front[(front < REFERENCE).all(axis=1)]
    return pg.hypervolume(inside).compute(REFERENCE) if len(inside) else 0.0


def zdt_volume(number, seed):
    """(ours, pagmo's) with 100 members and equal generations of NSGA-II."""
    generations = 1000 if number == 4 else 250  # many local fronts
    problem = pg.problem(pg.zdt(number))
    low, high = problem.get_bounds()
    found = tusk_ml.minimize(problem.fitness, low, high, optimizer="nsga2", objectives=2, seed=seed, population=100,
                             generations=generations)
    algorithm = pg.algorithm(pg.nsga2(gen=generations))
    algorithm.set_seed(seed)
    population = algorithm.evolve(pg.population(problem, 100, seed=seed))
    return volume(found.f), volume(population.get_f())


class Function:
    """One that pagmo lacks, as a problem of its kind; the optimum is 0."""

    def __init__(self, function, low, high):
        self.function, self.low, self.high = function, low, high

    def fitness(self, x):
        return [self.function(np.asarray(x))]

    def get_bounds(self):
        return [self.low] * 10, [self.high] * 10


def zakharov(x):
    slope = 0.5 * (np.arange(1, len(x) + 1) * x).sum()
    return (x * x).sum() + slope**2 + slope**4


def levy(x):
    w = 1 + (x - 1) / 4
    inner = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2)).sum()
    return np.sin(np.pi * w[0]) ** 2 + inner + (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)


# pagmo's own problems, and five that it lacks; the optimizer; pagmo's of the same kind.
FUNCTIONS = (
    ("rosenbrock", pg.rosenbrock(10), "cma-es", pg.cmaes),
    ("griewank", pg.griewank(10), "de", pg.sade),
    ("ackley", pg.ackley(10), "de", pg.sade),
    ("schwefel", pg.schwefel(10), "de", pg.sade),
    ("rastrigin", pg.rastrigin(10), "de", pg.sade),
    ("sphere", Function(lambda x: (x * x).sum(), -5.12, 5.12), "pso", pg.pso),
    ("ellipsoid", Function(lambda x: (10.0 ** (6 * np.arange(len(x)) / (len(x) - 1)) * x * x).sum(), -5, 5), "cma-es", pg.cmaes),
    ("zakharov", Function(zakharov, -5, 10), "cma-es", pg.cmaes),
    ("levy", Function(levy, -10, 10), "de", pg.sade),
    ("styblinski-tang", Function(lambda x: (0.5 * (x**4 - 16 * x**2 + 5 * x) + 39.16616570377142).sum(), -5, 5), "de", pg.sade),
)


def pagmos_best(problem, method, evaluations):
    population = pg.population(problem, 50, seed=1)
    algorithm = pg.algorithm(method(gen=max(1, evaluations // 50)))
    algorithm.set_seed(1)
    return algorithm.evolve(population).champion_f[0]


def main():
    for number in (1, 2, 3, 4, 6):
        ours, theirs = zip(*(zdt_volume(number, seed) for seed in SEEDS))
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"zdt{number}: hypervolume {statistics.median(ours):.4f}, pagmo's {statistics.median(theirs):.4f} ({ratio:.4f})")
        assert ratio >= 0.995, number
    for name, problem, optimizer, method in FUNCTIONS:
        problem = pg.problem(problem)
        low, high = problem.get_bounds()
        best = min((tusk_ml.minimize(problem.fitness, low, high, optimizer=optimizer, seed=seed, generations=3000,
                                     target=1e-7) for seed in SEEDS),
                   key=lambda minimum: minimum.f[0, 0])
        theirs = pagmos_best(problem, method, best.evaluations)
        print(f"{name}: {best.f[0, 0]:.2e} after {best.evaluations} evaluations by {optimizer}; {theirs:.2e} by pagmo's {method.__name__}")
        assert best.f[0, 0] < 2e-4, name  # pagmo's constant of schwefel has so many digits


if __name__ == "__main__":
    start = time.process_time()
    main()
    print(f"{time.process_time() - start:.1f} CPU s", np.__version__, pg.__version__)
