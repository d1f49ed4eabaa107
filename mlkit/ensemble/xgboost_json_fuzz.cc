// Whatever the bytes: ReadXgboostJson gives a model that can be asked, or an error.
#include <cstddef>
#include <cstdint>

#include "mlkit/ensemble/xgboost_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto model = tusk::ml::ReadXgboostJson({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!model.ok() || (*model)->schema().columns > 1000 || (*model)->outputs() > 1000) return 0;
  tusk::ml::Block block;
  block.rows = 1;
  block.columns = (*model)->schema().columns;
  block.dense.resize(block.columns);
  std::vector<float> out((*model)->outputs());
  if (!(*model)->Scores(block, out).ok()) __builtin_trap();
  return 0;
}
