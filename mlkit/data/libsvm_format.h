// The libsvm (SVMlight) format: "label index:value index:value … # comment", indices ascending. "qid:7" is ignored.
#pragma once

#include "mlkit/data/csv_format.h"

namespace tusk::ml {

struct LibsvmLayout {
  uint32_t first_index = 1;     // what column 0 is called: 0 or 1
  size_t columns = 0;
  bool has_label = true;
  LabelMap labels = {};
};

// Whether a line looks like this format and not like CSV.
bool LooksLikeLibsvm(std::string_view line);
// Whether a line begins with a label (and not with index:value).
bool LibsvmLineHasLabel(std::string_view line);
// Appends the rows of `text` (whole lines; blank ones and comments are skipped) to a sparse block.
std::optional<TextError> ParseLibsvm(std::string_view text, const LibsvmLayout& layout, Block& block);
TextScan ScanLibsvm(std::string_view text, bool has_label, bool tally);

}  // namespace tusk::ml
