// ELF headers, program headers and the dynamic section, by <elf.h>'s layouts.
#include "mapreduce/packaging/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace tusk::mapreduce {

namespace {

constexpr size_t kSegmentsMax = 512;
constexpr size_t kDynamicMax = 65'536;  // entries
constexpr size_t kNeededMax = 4096;
constexpr size_t kNameMax = 4096;

static_assert(sizeof(Elf64_Ehdr) == kElfHeaderBytes);

Status Bad(std::string_view what) { return Status(Code::kCorruption, "not a usable ELF file: " + std::string(what)); }

class Reader {
 public:
  explicit Reader(File& file) : file_(file) {}

  Result<ElfFile> Read() {
    ASSIGN_OR_RETURN(elf_.file_size, file_.Size());
    RETURN_IF_ERROR(ReadHeaders());
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_INTERP) {
        ASSIGN_OR_RETURN(elf_.interpreter, StringAt(segment.p_offset, segment.p_filesz));
      }
      if (segment.p_type == PT_DYNAMIC) RETURN_IF_ERROR(ReadDynamic(segment));
    }
    return std::move(elf_);
  }

 private:
  Status ReadExactly(uint64_t offset, void* to, size_t size) {
    if (offset > elf_.file_size || size > elf_.file_size - offset) return Bad("something lies behind its end");
    ASSIGN_OR_RETURN(size_t count, file_.ReadAt(offset, {static_cast<uint8_t*>(to), size}));
    return count == size ? Status::Ok() : Bad("it ends too early");
  }

  Status ReadHeaders() {
    Elf64_Ehdr header;
    RETURN_IF_ERROR(ReadExactly(0, &header, sizeof(header)));
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return Bad("no magic");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) return Bad("not 64 bits, little-endian");
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return Bad("neither a program nor a library");
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kSegmentsMax) return Bad("its program headers");
    elf_.machine = header.e_machine;
    segments_.resize(header.e_phnum);
    RETURN_IF_ERROR(ReadExactly(header.e_phoff, segments_.data(), segments_.size() * sizeof(Elf64_Phdr)));
    elf_.loaded_size = std::max<uint64_t>(sizeof(header), header.e_phoff + segments_.size() * sizeof(Elf64_Phdr));
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_filesz == 0) continue;
      if (segment.p_offset > elf_.file_size || segment.p_filesz > elf_.file_size - segment.p_offset) return Bad("a segment lies behind its end");
      elf_.loaded_size = std::max(elf_.loaded_size, segment.p_offset + segment.p_filesz);
    }
    return Status::Ok();
  }

  // Up to the first zero byte.
  Result<std::string> StringAt(uint64_t offset, uint64_t size_max) {
    if (offset >= elf_.file_size) return Bad("a name lies behind its end");
    std::string text(std::min({size_max, elf_.file_size - offset, uint64_t{kNameMax}}), '\0');
    RETURN_IF_ERROR(ReadExactly(offset, text.data(), text.size()));
    size_t end = text.find('\0');
    if (end == std::string::npos) return Bad("a name without end");
    text.resize(end);
    return text;
  }

  // The place in the file of an address.
  Result<uint64_t> OffsetOf(uint64_t address) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz) continue;
      return segment.p_offset + (address - segment.p_vaddr);
    }
    return Bad("an address in no segment");
  }

  Status ReadDynamic(const Elf64_Phdr& segment) {
    size_t count = segment.p_filesz / sizeof(Elf64_Dyn);
    if (count > kDynamicMax) return Bad("its dynamic section is too long");
    std::vector<Elf64_Dyn> entries(count);
    RETURN_IF_ERROR(ReadExactly(segment.p_offset, entries.data(), count * sizeof(Elf64_Dyn)));
    elf_.is_dynamic = true;
    uint64_t strings_address = 0, strings_size = 0;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].d_tag == DT_NULL) entries.resize(i);
      else if (entries[i].d_tag == DT_STRTAB) strings_address = entries[i].d_un.d_ptr;
      else if (entries[i].d_tag == DT_STRSZ) strings_size = entries[i].d_un.d_val;
    }
    bool has_runpath = std::any_of(entries.begin(), entries.end(), [](const Elf64_Dyn& entry) { return entry.d_tag == DT_RUNPATH; });
    for (const Elf64_Dyn& entry : entries) {
      bool is_search = entry.d_tag == DT_RUNPATH || (entry.d_tag == DT_RPATH && !has_runpath);
      if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME && !is_search) continue;
      if (entry.d_un.d_val >= strings_size) return Bad("a name outside of its string table");
      ASSIGN_OR_RETURN(uint64_t strings, OffsetOf(strings_address));
      ASSIGN_OR_RETURN(std::string text, StringAt(strings + entry.d_un.d_val, strings_size - entry.d_un.d_val));
      if (entry.d_tag == DT_SONAME) elf_.soname = text;
      if (is_search) AddSearch(text);
      if (entry.d_tag != DT_NEEDED) continue;
      if (elf_.needed.size() == kNeededMax) return Bad("it needs too many libraries");
      elf_.needed.push_back(std::move(text));
    }
    return Status::Ok();
  }

  void AddSearch(const std::string& list) {
    for (size_t at = 0; at < list.size();) {
      size_t colon = std::min(list.find(':', at), list.size());
      if (colon > at) elf_.search.push_back(list.substr(at, colon - at));
      at = colon + 1;
    }
  }

  File& file_;
  ElfFile elf_;
  std::vector<Elf64_Phdr> segments_;
};

}  // namespace

Result<ElfFile> ReadElf(File& file) { return Reader(file).Read(); }

Result<std::string> HeaderWithoutSections(File& file) {
  Elf64_Ehdr header;
  ASSIGN_OR_RETURN(size_t count, file.ReadAt(0, {reinterpret_cast<uint8_t*>(&header), sizeof(header)}));
  if (count != sizeof(header)) return Bad("it ends too early");
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = SHN_UNDEF;
  return std::string(reinterpret_cast<const char*>(&header), sizeof(header));
}

}  // namespace tusk::mapreduce
