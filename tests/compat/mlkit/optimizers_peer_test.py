"""Our optimizers beside pagmo's: the hypervolume of ZDT fronts at equal populations and generations, and known optima."""
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


def main():
    for number in (1, 2, 3, 4, 6):
        ours, theirs = zip(*(zdt_volume(number, seed) for seed in SEEDS))
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"zdt{number}: hypervolume {statistics.median(ours):.4f}, pagmo's {statistics.median(theirs):.4f} ({ratio:.4f})")
        assert ratio >= 0.995, number
    # pagmo's own problems through our optimizers: their code says what the value is.
    for name, problem, optimizer in (("rosenbrock", pg.rosenbrock(10), "cma-es"), ("griewank", pg.griewank(10), "de"),
                                     ("ackley", pg.ackley(10), "de"), ("schwefel", pg.schwefel(10), "de"),
                                     ("rastrigin", pg.rastrigin(10), "de")):
        problem = pg.problem(problem)
        low, high = problem.get_bounds()
        best = min((tusk_ml.minimize(problem.fitness, low, high, optimizer=optimizer, seed=seed, generations=3000,
                                     target=1e-7) for seed in SEEDS),
                   key=lambda minimum: minimum.f[0, 0])
        print(f"{name}: {best.f[0, 0]:.2e} after {best.evaluations} evaluations by {optimizer}")
        assert best.f[0, 0] < 2e-4, name  # pagmo's constant of schwefel has so many digits


if __name__ == "__main__":
    start = time.process_time()
    main()
    print(f"{time.process_time() - start:.1f} CPU s", np.__version__, pg.__version__)
