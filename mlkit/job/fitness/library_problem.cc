// dlopen, dlsym.
#include "mlkit/job/fitness/library_problem.h"

#include <dlfcn.h>

namespace tusk::ml {

Result<std::unique_ptr<LibraryProblem>> LibraryProblem::Open(std::string name, const std::string& path, ProblemShape shape) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return Status(Code::kInvalidArgument, std::string("cannot load the fitness library: ") + ::dlerror());
  void* symbol = ::dlsym(handle, "tusk_fitness");
  if (symbol == nullptr) {
    ::dlclose(handle);
    return Status(Code::kInvalidArgument, path + " has no function tusk_fitness (see mlkit/job/fitness/tusk_fitness.h)");
  }
  return std::unique_ptr<LibraryProblem>(
      new LibraryProblem(std::move(name), std::move(shape), handle, reinterpret_cast<Function>(symbol)));
}

LibraryProblem::LibraryProblem(std::string name, ProblemShape shape, void* handle, Function function)
    : OutsideProblem(std::move(name), std::move(shape)), handle_(handle), function_(function) {}
LibraryProblem::~LibraryProblem() { ::dlclose(handle_); }

Status LibraryProblem::Evaluate(std::span<const double> x, size_t count, std::span<double> f) const {
  const int code = function_(x.data(), count, dimensions(), f.data(), objectives());
  if (code == 0) return Status::Ok();
  return Status(Code::kIOError, "tusk_fitness of " + name() + " returned " + std::to_string(code));
}

}  // namespace tusk::ml
