// Any bytes as a message: decoding it, and handing it to a server.
#include "mlkit/parameter_server/message.h"
#include "mlkit/parameter_server/parameter_server.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk::ml;
  for (const Consistency kind : {Consistency::kBsp, Consistency::kSsp}) {
    ServerSettings settings;
    settings.mode = {kind, 1};
    settings.workers = 2;
    settings.lanes = 2;
    settings.layout = KeyLayout::Even(0, 8, 2);
    TableSettings table;
    table.rule = MakeGradientOptimizer("momentum", {});
    ParameterServer server(settings, 1, ParameterTable(table, 4, 8));
    for (const int worker : {0, 1, 7}) (void)server.Handle({worker, {data, data + size}});
  }
  return 0;
}
