// Programs and libraries as fitness: right values, and a clear end for those that misbehave.
#include "mlkit/job/fitness/fitness.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <fstream>

#include "base/testing/matchers.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/genetic/evolution.h"

namespace tusk::ml {
namespace {

class FitnessTest : public testing::Test {
 protected:
  FitnessTest() : folder_(testing::TempDir() + "fitness_" + std::to_string(::getpid())) { ::mkdir(folder_.c_str(), 0700); }
  ~FitnessTest() override {
    for (const std::string& path : written_) ::unlink(path.c_str());
    ::rmdir(folder_.c_str());
  }

  std::string Script(const std::string& text) {
    const std::string path = folder_ + "/script" + std::to_string(written_.size());
    std::ofstream(path) << "#!/usr/bin/env python3\nimport sys\n" << text;
    ::chmod(path.c_str(), 0700);
    written_.push_back(path);
    return path;
  }

  Result<std::shared_ptr<const Problem>> Open(const std::string& name, std::map<std::string, std::string> settings) {
    Parameters parameters(std::move(settings));
    return OpenFitness(name, parameters, {"PATH=/usr/bin:/bin"});
  }

  std::string FailureOf(const std::string& script, const char* seconds = "30") {
    auto problem = Open(Script(script), {{"dimensions", "2"}, {"answer_seconds", seconds}});
    EXPECT_OK(problem.status());
    std::vector<double> x(8, 1.0), f(4);
    return std::string((*problem)->Evaluate(x, 4, f).message());
  }

  std::string folder_;
  std::vector<std::string> written_;
};

constexpr char kSquares[] =
    "for line in sys.stdin:\n  print(sum(float(v) ** 2 for v in line.split()), flush=True)\n";

TEST_F(FitnessTest, AProgramEvaluatesManyPointsExactly) {
  ASSERT_OK_AND_ASSIGN(auto problem, Open(Script(kSquares), {{"dimensions", "3"}, {"low", "-2"}, {"high", "1,2,3"}}));
  EXPECT_EQ(problem->high(2), 3);
  std::vector<double> x, f(5000);
  for (int i = 0; i < 15000; ++i) x.push_back(i * 0.125);
  ASSERT_OK(problem->Evaluate(x, 5000, f));
  for (size_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(f[i], x[3 * i] * x[3 * i] + x[3 * i + 1] * x[3 * i + 1] + x[3 * i + 2] * x[3 * i + 2]);
  }
}

TEST_F(FitnessTest, AnOptimizationRunsOverAProgram) {
  ASSERT_OK_AND_ASSIGN(auto problem, Open(Script(kSquares), {{"dimensions", "2"}, {"low", "-5"}, {"high", "5"}}));
  ASSERT_OK_AND_ASSIGN(auto evolution, Evolution::Make("cma-es", Parameters({{"generations", "60"}}), problem, 1));
  LocalCommunicator comm;
  ThreadPool pool(2);
  WorkerContext context;
  context.comm = &comm;
  context.pool = &pool;
  ASSERT_OK(evolution->Start(context, nullptr));
  for (bool finished = false; !finished;) {
    ASSERT_OK_AND_ASSIGN(const StepReport report, evolution->Step(context));
    finished = report.finished;
  }
  EXPECT_LT(evolution->Best()[0].f[0], 1e-8);
}

TEST_F(FitnessTest, AProgramThatEndsOrAnswersNonsenseIsNamedAsTheCause) {
  EXPECT_EQ(FailureOf("sys.stdin.readline()\nprint('no such file', file=sys.stderr)\nsys.exit(3)\n"),
            "the fitness program has ended with exit code 3; it said: no such file");
  EXPECT_EQ(FailureOf("for line in sys.stdin:\n  print('fine', flush=True)\n"),
            "the fitness program answered 'fine' where 1 number(s) are wanted");
  EXPECT_EQ(FailureOf("for line in sys.stdin:\n  print('1 2', flush=True)\n"),
            "the fitness program answered '1 2' where 1 number(s) are wanted");
  EXPECT_EQ(FailureOf("for line in sys.stdin:\n  pass\n", "1"),
            "the fitness program has not answered for 1.000000 s");
  ASSERT_OK_AND_ASSIGN(auto absent, Open("/nonexistent/program", {{"dimensions", "2"}}));
  std::vector<double> x(2), f(1);
  EXPECT_EQ(absent->Evaluate(x, 1, f).message(),
            "Cannot run program \"/nonexistent/program\": error=2, No such file or directory");
}

TEST_F(FitnessTest, ShapesAreChecked) {
  EXPECT_EQ(Open("./x", {}).status().message(), "--dimensions N is needed: how many numbers the fitness function takes");
  EXPECT_EQ(Open("./x", {{"dimensions", "3"}, {"low", "1,2"}}).status().message(),
            "low and high are one number, or one for each of the 3 dimensions; there are 2");
  EXPECT_EQ(Open("./x", {{"dimensions", "2"}, {"low", "3"}}).status().message(), "low is above high in dimension 0");
}

TEST_F(FitnessTest, ALibraryEvaluates) {
  ASSERT_OK_AND_ASSIGN(auto problem, Open(TUSK_FITNESS_EXAMPLE, {{"dimensions", "2"}}));
  std::vector<double> x = {1, 2, 3, 4}, f(2);
  ASSERT_OK(problem->Evaluate(x, 2, f));
  EXPECT_EQ(f, (std::vector<double>{5, 25}));
  x = {NAN, 2};
  EXPECT_EQ(problem->Evaluate(x, 1, f).message(), std::string("tusk_fitness of ") + TUSK_FITNESS_EXAMPLE + " returned 7");
  EXPECT_FALSE(Open("/nonexistent/lib.so", {{"dimensions", "2"}}).ok());
}

}  // namespace
}  // namespace tusk::ml
