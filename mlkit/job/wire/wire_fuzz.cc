// What is read from the staging folder: any bytes are refused or read, nothing crashes, and what is read is written back the same.
#include <cstdlib>
#include <string>

#include "mlkit/job/wire/checkpoint_store.h"
#include "mlkit/job/wire/job_files.h"
#include "mlkit/training/training_rank.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk::ml;  // NOLINT: a fuzz target
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto training = DecodeTraining(text); training.ok()) {
    const auto again = DecodeTraining(EncodeTraining(training.value()));
    if (!again.ok() || EncodeTraining(again.value()) != EncodeTraining(training.value())) std::abort();
  }
  (void)DecodeManifest(text);
  if (const auto address = MasterAddress::Parse(text); address.ok()) (void)address.value().ToString();
  (void)TrainingState::Decode({data, size}, "input");
  return 0;
}
