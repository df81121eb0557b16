// Asks the HDF5 library. Nothing here trusts a size before it has been compared with a bound.
#include "frontends/keras/Hdf5Walk.h"

#include "frontends/keras/Hdf5File.h"
#include "frontends/keras/Hdf5Heaps.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <unistd.h>

namespace kiln::keras_frontend {
namespace {

constexpr unsigned maxDepth = 64;
constexpr unsigned maxObjects = 200'000;
constexpr uint64_t maxAttributeBytes = uint64_t(1) << 26;

/// Closes an identifier of the library.
class Handle {
public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id(id), close(close) {}
  Handle(const Handle &) = delete;
  ~Handle() {
    if (id >= 0)
      close(id);
  }
  operator hid_t() const { return id; }
  bool isValid() const { return id >= 0; }

private:
  hid_t id;
  herr_t (*close)(hid_t);
};

bool writeAll(int file, const void *bytes, size_t size) {
  auto *from = static_cast<const char *>(bytes);
  while (size > 0) {
    ssize_t written = ::write(file, from, size);
    if (written <= 0)
      return false;
    from += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

class Walker {
public:
  Walker(llvm::StringRef image, int dataFile, uint64_t maxDecoded)
      : image(image), dataFile(dataFile), maxDecoded(maxDecoded) {}

  void walk();
  const std::string &index() const { return records; }

private:
  void put(char letter) { records += letter; }
  template <typename T> void putNumber(T value) {
    records.append(reinterpret_cast<const char *>(&value), sizeof(T));
  }
  void putString(llvm::StringRef text) {
    putNumber(static_cast<uint32_t>(text.size()));
    records.append(text.data(), text.size());
  }
  void fail(llvm::StringRef message) {
    if (!failed) {
      put('X');
      putString(message);
    }
    failed = true;
  }
  void visitGroup(hid_t group, const std::string &path, unsigned depth);
  void visitLink(hid_t group, hsize_t place, const std::string &path, unsigned depth);
  void visitAttribute(hid_t group, hsize_t place, const std::string &path);
  bool readStrings(hid_t attribute, hid_t type, uint64_t count, std::vector<std::string> &strings);
  void visitDataset(hid_t dataset, const std::string &path);
  /// Where a dataset's elements lie; `problem` where they cannot be had.
  struct Place {
    char kind = '-';
    uint64_t offset = 0;
    std::string problem;
  };
  Place locate(hid_t dataset, hid_t type, Hdf5Type element, uint64_t bytes);
  Place decode(hid_t dataset, Hdf5Type element, uint64_t bytes);

  llvm::StringRef image;
  int dataFile;
  uint64_t maxDecoded;
  uint64_t decoded = 0;
  uint64_t attributeBytes = 0;
  unsigned objects = 0;
  bool failed = false;
  std::optional<bool> heapsAreSound; ///< once strings from them are read
  llvm::DenseSet<uint64_t> visited;
  std::string records;
};

void Walker::walk() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  // The library takes a pointer to memory that it may write; opened for reading, it does not.
  void *bytes = const_cast<char *>(image.data());
  Handle file(H5LTopen_file_image(bytes, image.size(),
                                  H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE),
              H5Fclose);
  if (!file.isValid())
    return fail("it is no HDF5 file, or a damaged one");
  Handle root(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose);
  if (!root.isValid())
    return fail("its root group is damaged");
  visitGroup(root, "", 0);
  if (!failed)
    put('E');
}

void Walker::visitGroup(hid_t group, const std::string &path, unsigned depth) {
  H5O_info_t info;
  if (H5Oget_info2(group, &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS) < 0)
    return fail("the group '/" + path + "' is damaged");
  if (!visited.insert(info.addr).second)
    return;
  if (depth > maxDepth)
    return fail("its groups are nested more than " + std::to_string(maxDepth) + " deep");
  put('G');
  putString(path);
  for (hsize_t i = 0; i < info.num_attrs && !failed; ++i)
    visitAttribute(group, i, path);
  H5G_info_t links;
  if (H5Gget_info(group, &links) < 0)
    return fail("the group '/" + path + "' is damaged");
  for (hsize_t i = 0; i < links.nlinks && !failed; ++i)
    visitLink(group, i, path, depth);
}

void Walker::visitLink(hid_t group, hsize_t place, const std::string &path, unsigned depth) {
  constexpr size_t longestName = 4096;
  if (++objects > maxObjects)
    return fail("it has more than " + std::to_string(maxObjects) + " objects");
  char name[longestName];
  ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, place, name,
                                      sizeof(name), H5P_DEFAULT);
  H5L_info_t link;
  if (length <= 0 || size_t(length) >= sizeof(name) ||
      H5Lget_info(group, name, &link, H5P_DEFAULT) < 0)
    return fail("the group '/" + path + "' has a damaged entry");
  // Only what lies in this file: soft and external links are not followed.
  if (link.type != H5L_TYPE_HARD)
    return;
  std::string full = path.empty() ? name : path + "/" + name;
  bool isTraining = full == "optimizer_weights" || full == "optimizer";
  if (isTraining)
    return;
  Handle object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
  if (!object.isValid())
    return fail("the object '/" + full + "' is damaged");
  H5I_type_t kind = H5Iget_type(object);
  if (kind == H5I_GROUP)
    visitGroup(object, full, depth + 1);
  else if (kind == H5I_DATASET)
    visitDataset(object, full);
}

/// Text of a fixed width: up to a zero, or without the spaces at the end.
llvm::StringRef trimmed(llvm::StringRef text, H5T_str_t padding) {
  return padding == H5T_STR_SPACEPAD ? text.rtrim(' ') : text.take_until([](char c) { return !c; });
}

bool Walker::readStrings(hid_t attribute, hid_t type, uint64_t count,
                         std::vector<std::string> &strings) {
  if (H5Tis_variable_str(type) > 0) {
    if (!heapsAreSound)
      heapsAreSound = hasSoundHeaps(image);
    if (!*heapsAreSound)
      return false;
    std::vector<char *> texts(count);
    Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    if (H5Aread(attribute, memory, texts.data()) < 0)
      return false;
    for (char *text : texts)
      strings.push_back(text ? text : "");
    Handle space(H5Aget_space(attribute), H5Sclose);
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts.data());
    return true;
  }
  uint64_t width = H5Tget_size(type), bytes = llvm::SaturatingMultiply(width, count);
  if (bytes > maxAttributeBytes)
    return false;
  std::vector<char> text(bytes);
  if (H5Aread(attribute, type, text.data()) < 0)
    return false;
  for (uint64_t i = 0; i < count; ++i)
    strings.push_back(trimmed({text.data() + i * width, width}, H5Tget_strpad(type)).str());
  return true;
}

void Walker::visitAttribute(hid_t group, hsize_t place, const std::string &path) {
  Handle attribute(
      H5Aopen_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, place, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  char name[256];
  if (!attribute.isValid() || H5Aget_name(attribute, sizeof(name), name) <= 0)
    return fail("the group '/" + path + "' has a damaged attribute");
  Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  hssize_t count = space.isValid() ? H5Sget_simple_extent_npoints(space) : -1;
  std::vector<std::string> strings;
  bool isText = type.isValid() && H5Tget_class(type) == H5T_STRING;
  bool isSmall = count >= 0 && uint64_t(count) <= maxAttributeBytes / 16;
  if (count != 0 && !isText)
    return;
  if (!isSmall || (count > 0 && !readStrings(attribute, type, uint64_t(count), strings)))
    return fail("the attribute '" + std::string(name) + "' of '/" + path + "' is damaged");
  for (const std::string &text : strings)
    attributeBytes += text.size() + sizeof(uint32_t);
  if (attributeBytes > maxAttributeBytes)
    return fail("its attributes are larger than 64 MB");
  put('A');
  putString(path);
  putString(name);
  putNumber(static_cast<uint32_t>(strings.size()));
  for (const std::string &text : strings)
    putString(text);
}

bool isHalf(hid_t type) {
  size_t sign, exponent, exponentBits, mantissa, mantissaBits;
  return H5Tget_size(type) == 2 && H5Tget_order(type) == H5T_ORDER_LE &&
         H5Tget_fields(type, &sign, &exponent, &exponentBits, &mantissa, &mantissaBits) >= 0 &&
         sign == 15 && exponent == 10 && exponentBits == 5 && mantissa == 0 && mantissaBits == 10;
}

Hdf5Type elementType(hid_t type) {
  H5T_class_t kind = H5Tget_class(type);
  size_t size = H5Tget_size(type);
  if (kind == H5T_FLOAT)
    return isHalf(type) ? Hdf5Type::F16
           : size == 4  ? Hdf5Type::F32
           : size == 8  ? Hdf5Type::F64
                        : Hdf5Type::Other;
  // HDF5 has no bfloat16: Keras writes two bytes without a meaning.
  if (kind == H5T_OPAQUE && size == 2)
    return Hdf5Type::BF16;
  if (kind != H5T_INTEGER)
    return Hdf5Type::Other;
  bool isSigned = H5Tget_sign(type) == H5T_SGN_2;
  return size == 1   ? (isSigned ? Hdf5Type::I8 : Hdf5Type::U8)
         : size == 2 ? (isSigned ? Hdf5Type::I16 : Hdf5Type::Other)
         : size == 4 ? (isSigned ? Hdf5Type::I32 : Hdf5Type::Other)
         : size == 8 ? Hdf5Type::I64
                     : Hdf5Type::Other;
}

bool isReadAsStored(Hdf5Type type) { return type == Hdf5Type::F16 || type == Hdf5Type::BF16; }

/// The type that elements are decoded to; the file's own where that is it, but for its byte order.
hid_t memoryType(Hdf5Type type) {
  switch (type) {
  case Hdf5Type::F32:
    return H5T_IEEE_F32LE;
  case Hdf5Type::F64:
    return H5T_IEEE_F64LE;
  case Hdf5Type::I8:
    return H5T_STD_I8LE;
  case Hdf5Type::U8:
    return H5T_STD_U8LE;
  case Hdf5Type::I16:
    return H5T_STD_I16LE;
  case Hdf5Type::I32:
    return H5T_STD_I32LE;
  case Hdf5Type::I64:
    return H5T_STD_I64LE;
  default:
    return -1;
  }
}

Walker::Place Walker::decode(hid_t dataset, Hdf5Type element, uint64_t bytes) {
  if (H5Dget_storage_size(dataset) == 0 && bytes > 0)
    return {'-', 0, "has no data"};
  if (bytes > maxDecoded - decoded)
    return {'-', 0, "is larger than the file could hold"};
  std::vector<char> elements(bytes);
  Handle own(H5Dget_type(dataset), H5Tclose);
  hid_t memory = isReadAsStored(element) ? hid_t(own) : memoryType(element);
  if (H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements.data()) < 0)
    return {'-', 0, "has damaged data"};
  if (!writeAll(dataFile, elements.data(), bytes))
    return {'-', 0, "cannot be decoded: there is no memory"};
  Place place{'M', decoded, ""};
  decoded += bytes;
  return place;
}

Walker::Place Walker::locate(hid_t dataset, hid_t type, Hdf5Type element, uint64_t bytes) {
  if (element == Hdf5Type::Other)
    return {'-', 0, "has elements of a type that is not supported"};
  Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  bool isLittle = isReadAsStored(element) || H5Tequal(type, memoryType(element)) > 0;
  bool isContiguous = properties.isValid() && H5Pget_layout(properties) == H5D_CONTIGUOUS &&
                      H5Pget_external_count(properties) == 0;
  haddr_t offset = isContiguous ? H5Dget_offset(dataset) : HADDR_UNDEF;
  if (!isLittle || offset == HADDR_UNDEF) {
    bool isElsewhere = properties.isValid() && (H5Pget_external_count(properties) > 0 ||
                                                H5Pget_layout(properties) == H5D_VIRTUAL);
    if (isElsewhere)
      return {'-', 0, "has its data in another file"};
    return decode(dataset, element, bytes);
  }
  if (offset > image.size() || bytes > image.size() - offset)
    return {'-', 0, "has data beyond the end of the file"};
  return {'F', offset, ""};
}

void Walker::visitDataset(hid_t dataset, const std::string &path) {
  constexpr int maxRank = 16;
  Handle type(H5Dget_type(dataset), H5Tclose), space(H5Dget_space(dataset), H5Sclose);
  hsize_t dims[H5S_MAX_RANK];
  int rank = space.isValid() && H5Sis_simple(space) > 0
                 ? H5Sget_simple_extent_dims(space, dims, nullptr)
                 : -1;
  if (!type.isValid() || rank < 0 || rank > maxRank)
    return fail("the dataset '/" + path + "' is damaged");
  Hdf5Type element = elementType(type);
  uint64_t bytes = elementBytes(element);
  constexpr uint64_t limit = uint64_t(1) << 40;
  bool isAbsurd = false;
  for (int i = 0; i < rank; ++i) {
    bytes = llvm::SaturatingMultiply(bytes, uint64_t(dims[i]));
    isAbsurd |= bytes > limit || dims[i] > limit;
  }
  Place place{'-', 0, "is larger than 2^40 bytes"};
  if (!isAbsurd)
    place = locate(dataset, type, element, bytes);
  put('D');
  putString(path);
  put(static_cast<char>(element));
  put(static_cast<char>(rank));
  for (int i = 0; i < rank; ++i)
    putNumber(static_cast<uint64_t>(dims[i]));
  put(place.kind);
  putNumber(place.offset);
  putNumber(place.kind == '-' ? uint64_t(0) : bytes);
  putString(place.problem);
}

} // namespace

unsigned elementBytes(Hdf5Type type) {
  switch (type) {
  case Hdf5Type::I8:
  case Hdf5Type::U8:
    return 1;
  case Hdf5Type::F16:
  case Hdf5Type::BF16:
  case Hdf5Type::I16:
    return 2;
  case Hdf5Type::F32:
  case Hdf5Type::I32:
    return 4;
  default:
    return 8;
  }
}

bool walkHdf5(llvm::StringRef image, int indexFile, int dataFile, uint64_t maxDecoded) {
  Walker walker(image, dataFile, maxDecoded);
  walker.walk();
  return writeAll(indexFile, walker.index().data(), walker.index().size());
}

} // namespace kiln::keras_frontend
