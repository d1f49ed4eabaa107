"""Our genetic algorithm beside pagmo's and DEAP's on Rastrigin-30, runs in turns; medians. mlkit_optimizers.py TUSK REPEATS

Equal operators: tournaments of two, simulated binary crossover (0.9, eta 15), polynomial mutation (1/30, eta 20). Populations of 250
over 500 generations; ours has four islands of them in one run, the others one population a run. DEAP twice: with our operators,
and as its documentation does it (algorithms.eaSimple, blend crossover, Gaussian mutation, tournaments of three).
"""
import json
import random
import resource
import statistics
import subprocess
import sys
import time

import pygmo as pg
from deap import algorithms, base, benchmarks, creator, tools

DIMENSIONS, MEMBERS, GENERATIONS = 30, 250, 500


def tusk(binary, seed):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([binary, "ml", "optimize", "-a", "island-ga", "-f", "rastrigin", f"--dimensions={DIMENSIONS}",
                           f"--population={MEMBERS}", f"--generations={GENERATIONS}", "--seed", str(seed), "--json", "--threads", "1"],
                          capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads(said.splitlines()[-1])
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime  # the whole process
    return result["evaluations"] / seconds, result["best"][0]["f"][0]


def pagmo(seed, **options):
    algorithm = pg.algorithm(pg.sga(gen=GENERATIONS, **options))
    algorithm.set_seed(seed)
    population = pg.population(pg.problem(pg.rastrigin(DIMENSIONS)), MEMBERS, seed=seed)
    start = time.process_time()
    population = algorithm.evolve(population)
    return population.problem.get_fevals() / (time.process_time() - start), population.champion_f[0]


creator.create("Fitness", base.Fitness, weights=(-1.0,))
creator.create("Member", list, fitness=creator.Fitness)


def deap(seed, generations=20):
    random.seed(seed)
    box = base.Toolbox()
    members = [creator.Member(random.uniform(-5.12, 5.12) for _ in range(DIMENSIONS)) for _ in range(MEMBERS)]
    bounds = {"low": -5.12, "up": 5.12}
    start, evaluations = time.process_time(), 0
    for _ in range(generations):
        children = [box.clone(member) for member in (tools.selTournament(members, MEMBERS, tournsize=2) if evaluations else members)]
        for a, b in zip(children[::2], children[1::2]):
            if random.random() < 0.9:
                tools.cxSimulatedBinaryBounded(a, b, eta=15, **bounds)
        for child in children:
            tools.mutPolynomialBounded(child, eta=20, indpb=1 / DIMENSIONS, **bounds)
            child.fitness.values = benchmarks.rastrigin(child)
            evaluations += 1
        members = tools.selBest(members + children, MEMBERS) if evaluations > MEMBERS else children
    return evaluations / (time.process_time() - start), None


def deap_simple(seed, generations=30):
    random.seed(seed)
    box = base.Toolbox()
    box.register("gene", random.uniform, -5.12, 5.12)
    box.register("member", tools.initRepeat, creator.Member, box.gene, DIMENSIONS)
    box.register("population", tools.initRepeat, list, box.member)
    box.register("evaluate", benchmarks.rastrigin)
    box.register("mate", tools.cxBlend, alpha=0.5)
    box.register("mutate", tools.mutGaussian, mu=0, sigma=1, indpb=0.2)
    box.register("select", tools.selTournament, tournsize=3)
    members = box.population(n=MEMBERS)
    start = time.process_time()
    _, book = algorithms.eaSimple(members, box, cxpb=0.5, mutpb=0.2, ngen=generations, verbose=False)
    return sum(book.select("nevals")) / (time.process_time() - start), None


def main():
    binary, repeats = sys.argv[1], int(sys.argv[2])
    runs = {"tusk": lambda seed: tusk(binary, seed),
            "pagmo, equal operators": lambda seed: pagmo(seed, crossover="sbx", eta_c=15, mutation="polynomial", param_m=20, m=1 / DIMENSIONS),
            "pagmo, its defaults": pagmo, "DEAP, equal operators": deap, "DEAP, eaSimple": deap_simple}
    figures = {name: [] for name in runs}
    for seed in range(1, repeats + 1):
        for name, run in runs.items():
            figures[name].append(run(seed))
    ours = statistics.median(rate for rate, _ in figures["tusk"])
    for name, pairs in figures.items():
        rate = statistics.median(r for r, _ in pairs)
        best = "" if pairs[0][1] is None else f", best {statistics.median(b for _, b in pairs):.3g}"
        print(f"{name}: {rate / 1e3:.1f} k evaluations/CPU s{best}; tusk has {ours / rate:.1f} times as many")


main()
