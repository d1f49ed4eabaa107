// Scans that have files of their own.
#pragma once

#include "mlkit/ensemble/forest/gini_scan.h"

namespace tusk::ml {

GiniScanner GiniScannerAvx2();   // x86-64 only

}  // namespace tusk::ml
