// The additions. One kernel per width and stride of a group, so that every address is base + constant + bin.
#include "mlkit/ensemble/trees/histogram.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tusk::ml {
namespace {

constexpr size_t kPrefetchRows = 24;

using Kernel = void (*)(const RowGradient* rows, size_t count, const uint8_t* bins, int64_t* cells);

template <size_t Stride, size_t... Slots>
inline __attribute__((always_inline)) void AddRow(const uint8_t* bins, int64_t packed, int64_t* cells,
                                                  std::index_sequence<Slots...>) {
  ((cells[Slots * Stride + bins[Slots]] += packed), ...);
}

template <size_t Width, size_t Stride>
void AddRows(const RowGradient* rows, size_t count, const uint8_t* bins, int64_t* cells) {
  size_t i = 0;
  const size_t ahead = count > kPrefetchRows ? count - kPrefetchRows : 0;
  for (; i < ahead; ++i) {
    __builtin_prefetch(bins + size_t{rows[i + kPrefetchRows].row} * Width);
    AddRow<Stride>(bins + size_t{rows[i].row} * Width, PackCell(rows[i].gradient, rows[i].hessian), cells,
                   std::make_index_sequence<Width>());
  }
  for (; i < count; ++i) {
    AddRow<Stride>(bins + size_t{rows[i].row} * Width, PackCell(rows[i].gradient, rows[i].hessian), cells,
                   std::make_index_sequence<Width>());
  }
}

template <size_t Stride, size_t... Widths>
constexpr std::array<Kernel, sizeof...(Widths)> KernelsOf(std::index_sequence<Widths...>) {
  return {&AddRows<Widths + 1, Stride>...};
}

Kernel KernelFor(const BinLayout::Group& group) {
  using Widths = std::make_index_sequence<BinLayout::kGroupColumns>;
  static constexpr auto kernels4 = KernelsOf<4>(Widths());
  static constexpr auto kernels16 = KernelsOf<16>(Widths());
  static constexpr auto kernels64 = KernelsOf<64>(Widths());
  static constexpr auto kernels256 = KernelsOf<256>(Widths());
  const size_t at = group.width - 1;
  switch (group.stride) {
    case 4: return kernels4[at];
    case 16: return kernels16[at];
    case 64: return kernels64[at];
    default: return kernels256[at];
  }
}

void AddSparseRows(const BinnedRows& bins, std::span<const RowGradient> rows, int64_t* cells) {
  for (const RowGradient& row : rows) {
    const int64_t packed = PackCell(row.gradient, row.hessian);
    const uint32_t* end = bins.cells() + bins.starts()[row.row + 1];
    for (const uint32_t* cell = bins.cells() + bins.starts()[row.row]; cell < end; ++cell) cells[*cell] += packed;
  }
}

void Widen(std::span<const int64_t> packed, int64_t* wide) {
  for (size_t i = 0; i < packed.size(); ++i) {
    const GradientSum sum = UnpackCell(packed[i]);
    wide[2 * i] += sum.gradient;
    wide[2 * i + 1] += sum.hessian;
  }
}

}  // namespace

void AddGroup(const BinLayout& layout, const BinnedRows& bins, size_t group, std::span<const RowGradient> rows,
              Histogram& histogram) {
  const BinLayout::Group& place = layout.groups[group];
  const Kernel kernel = KernelFor(place);
  if (!histogram.wide) {
    kernel(rows.data(), rows.size(), bins.group(group), histogram.cells.data() + place.first_cell);
    return;
  }
  std::array<int64_t, BinLayout::kGroupColumns * 256> packed;
  const size_t cells = size_t{place.width} * place.stride;
  for (size_t begin = 0; begin < rows.size(); begin += kPackedRows) {
    std::fill_n(packed.begin(), cells, 0);
    kernel(rows.data() + begin, std::min(kPackedRows, rows.size() - begin), bins.group(group), packed.data());
    Widen({packed.data(), cells}, histogram.cells.data() + 2 * size_t{place.first_cell});
  }
}

void AddSparse(const BinnedRows& bins, std::span<const RowGradient> rows, Histogram& histogram) {
  if (!histogram.wide) {
    AddSparseRows(bins, rows, histogram.cells.data());
    return;
  }
  std::vector<int64_t> packed(histogram.end);
  for (size_t begin = 0; begin < rows.size(); begin += kPackedRows) {
    std::fill(packed.begin(), packed.end(), 0);
    AddSparseRows(bins, rows.subspan(begin, std::min(kPackedRows, rows.size() - begin)), packed.data());
    Widen(packed, histogram.cells.data());
  }
}

void FillZeroBins(const BinLayout& layout, size_t order_begin, size_t order_end, const GradientSum& total,
                  Histogram& histogram) {
  for (size_t i = order_begin; i < order_end; ++i) {
    const size_t column = layout.order[i];
    const ColumnBins& bins = layout.columns[column];
    const size_t first = layout.places[column].first_cell;
    GradientSum rest = total;
    for (size_t bin = 0; bin < bins.bins(); ++bin) {
      if (bin == bins.zero_bin) continue;
      const GradientSum sum = histogram.Cell(first + bin);
      rest.gradient -= sum.gradient;
      rest.hessian -= sum.hessian;
    }
    const size_t at = first + bins.zero_bin - histogram.begin;
    if (histogram.wide) {
      histogram.cells[2 * at] = rest.gradient;
      histogram.cells[2 * at + 1] = rest.hessian;
    } else {
      histogram.cells[at] = PackCell(rest.gradient, rest.hessian);
    }
  }
}

void Subtract(const Histogram& parent, const Histogram& child, size_t begin, size_t end, Histogram& other) {
  const size_t from = begin - parent.begin, count = end - begin;
  if (parent.wide == other.wide && child.wide == other.wide) {  // also packed: the form is linear
    const size_t scale = other.wide ? 2 : 1;
    const int64_t* p = parent.cells.data() + from * scale;
    const int64_t* c = child.cells.data() + (begin - child.begin) * scale;
    int64_t* o = other.cells.data() + (begin - other.begin) * scale;
    for (size_t i = 0; i < count * scale; ++i) o[i] = p[i] - c[i];
    return;
  }
  for (size_t cell = begin; cell < end; ++cell) {
    const GradientSum whole = parent.Cell(cell), part = child.Cell(cell);
    const GradientSum rest{whole.gradient - part.gradient, whole.hessian - part.hessian};
    const size_t at = cell - other.begin;
    if (other.wide) {
      other.cells[2 * at] = rest.gradient;
      other.cells[2 * at + 1] = rest.hessian;
    } else {
      other.cells[at] = PackCell(rest.gradient, rest.hessian);
    }
  }
}

}  // namespace tusk::ml
