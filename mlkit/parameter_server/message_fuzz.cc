// Any bytes as a message: decoding it, and handing it to a server.
#include "mlkit/parameter_server/message.h"
#include "mlkit/parameter_server/parameter_server.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk::ml;
  for (const Consistency kind : {Consistency::kBsp, Consistency::kSsp}) {
    ServerSettings settings;
    settings.table.rule = MakeGradientOptimizer("momentum", {});
    settings.mode = {kind, 1};
    settings.workers = 2;
    settings.lanes = 2;
    settings.layout = KeyLayout::Even(0, 8, 2);
    ParameterServer server(settings, 1);
    (void)server.Handle({data, size});
  }
  return 0;
}
