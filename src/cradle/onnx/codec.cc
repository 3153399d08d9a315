// Tensors, attributes and value descriptions between ONNX's messages and our structs.
#include "cradle/onnx/codec.h"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>

#include "cradle/base/error.h"

namespace cradle::onnx {
namespace {

using graph::Tensor;
using graph::Type;
using ::onnx::AttributeProto;
using ::onnx::TensorProto;

/// Appends repeated numbers, each narrowed to T, as bytes.
template <class T, class Repeated>
std::vector<std::uint8_t> packed(const Repeated& values) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(values.size()) * sizeof(T));
  std::size_t at = 0;
  for (const auto value : values) {
    const T narrow = static_cast<T>(value);
    std::memcpy(bytes.data() + at, &narrow, sizeof(T));
    at += sizeof(T);
  }
  return bytes;
}

/// The bytes of a tensor that stand in the typed fields (onnx.proto, TensorProto, comments at each field).
std::vector<std::uint8_t> typed_bytes(const TensorProto& proto) {
  switch (static_cast<Type>(proto.data_type())) {
    case Type::kF32: return packed<float>(proto.float_data());
    case Type::kF64: return packed<double>(proto.double_data());
    case Type::kI64: return packed<std::int64_t>(proto.int64_data());
    case Type::kU64: return packed<std::uint64_t>(proto.uint64_data());
    case Type::kU32: return packed<std::uint32_t>(proto.uint64_data());
    case Type::kI32: return packed<std::int32_t>(proto.int32_data());
    case Type::kU8:
    case Type::kI8:
    case Type::kBool: return packed<std::uint8_t>(proto.int32_data());
    case Type::kU16:
    case Type::kI16:
    case Type::kF16:
    case Type::kBf16: return packed<std::uint16_t>(proto.int32_data());
    case Type::kUndefined:
    case Type::kString: break;
  }
  return {};
}

/// A number in the external_data entries ("offset", "length").
std::uint64_t external_number(const std::string& where, const std::string& key, const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    base::fail("{}: its external data has {} '{}', expected a number", where, key, text);
  return std::stoull(text);
}

std::vector<std::uint8_t> external_bytes(const TensorProto& proto, const std::string& where,
                                         const std::filesystem::path& folder, std::size_t size) {
  std::filesystem::path location;
  std::uint64_t offset = 0, length = size;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = external_number(where, "offset", entry.value());
    if (entry.key() == "length") length = external_number(where, "length", entry.value());
  }
  if (folder.empty()) base::fail("{}: its data lies in another file, which cannot be read here", where);
  // A model file must not make us read files that lie elsewhere.
  const std::filesystem::path relative = location.lexically_normal();
  if (location.empty() || location.is_absolute() || *relative.begin() == "..")
    base::fail("{}: its external data lies at '{}', which is not in the model's folder", where, location.string());
  if (length != size) base::fail("{}: its external data has {} bytes, its shape needs {}", where, length, size);
  const std::filesystem::path path = folder / relative;
  std::error_code error;
  const std::uint64_t available = std::filesystem::file_size(path, error);
  if (error || available < offset || available - offset < size)
    base::fail(
        "{}: its external data '{}' {}", where, path.string(),
        error ? error.message() : fmt::format("has {} bytes, expected {} from byte {}", available, size, offset));
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes(size);
  file.seekg(static_cast<std::streamoff>(offset));
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    base::fail("{}: its external data '{}' cannot be read", where, path.string());
  return bytes;
}

template <class Repeated>
auto listed(const Repeated& values) {
  return std::vector<typename Repeated::value_type>(values.begin(), values.end());
}

}  // namespace

Tensor decode(const TensorProto& proto, const std::string& where, const std::filesystem::path& folder) {
  Tensor tensor;
  tensor.type = static_cast<Type>(proto.data_type());
  tensor.shape = listed(proto.dims());
  for (const std::int64_t extent : tensor.shape)
    if (extent < 0) base::fail("{}: its shape has the extent {}", where, extent);
  if (proto.has_segment()) base::fail("{}: it is stored in segments, which cradle does not read", where);
  const std::size_t width = graph::bytes_of(tensor.type);
  if (width == 0) {  // kept as it stands
    TensorProto copy = proto;
    copy.clear_name();
    const std::string bytes = copy.SerializeAsString();
    tensor.bytes.assign(bytes.begin(), bytes.end());
    return tensor;
  }
  std::int64_t size = 0;
  if (__builtin_mul_overflow(graph::elements_of(tensor.shape), static_cast<std::int64_t>(width), &size))
    base::fail("{}: its shape {} is too large", where, graph::text_of(tensor.shape));
  if (proto.data_location() == TensorProto::EXTERNAL)
    tensor.bytes = external_bytes(proto, where, folder, static_cast<std::size_t>(size));
  else if (proto.has_raw_data())
    tensor.bytes.assign(proto.raw_data().begin(), proto.raw_data().end());
  else
    tensor.bytes = typed_bytes(proto);
  if (tensor.bytes.size() != static_cast<std::size_t>(size))
    base::fail("{}: it holds {} bytes, but its shape {} of {} needs {}; the file is damaged or truncated", where,
               tensor.bytes.size(), graph::text_of(tensor.shape), graph::name_of(tensor.type), size);
  return tensor;
}

void clear_data(TensorProto& proto) {
  proto.clear_raw_data();
  proto.clear_float_data();
  proto.clear_int32_data();
  proto.clear_int64_data();
  proto.clear_double_data();
  proto.clear_uint64_data();
  proto.clear_string_data();
  proto.clear_external_data();
  proto.clear_data_location();
}

void encode(const Tensor& tensor, TensorProto& proto) {
  if (graph::bytes_of(tensor.type) == 0) {
    const std::string name = proto.name();
    proto.ParseFromArray(tensor.bytes.data(), static_cast<int>(tensor.bytes.size()));
    if (!name.empty()) proto.set_name(name);
    return;
  }
  clear_data(proto);
  proto.set_data_type(static_cast<std::int32_t>(tensor.type));
  proto.clear_dims();
  for (const std::int64_t extent : tensor.shape) proto.add_dims(extent);
  proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
}

graph::Attribute decode(const AttributeProto& proto, const std::string& where, const std::filesystem::path& folder) {
  if (proto.has_ref_attr_name()) return graph::Opaque{proto.SerializeAsString()};
  switch (proto.type()) {
    case AttributeProto::INT: return proto.i();
    case AttributeProto::FLOAT: return proto.f();
    case AttributeProto::STRING: return proto.s();
    case AttributeProto::INTS: return listed(proto.ints());
    case AttributeProto::FLOATS: return listed(proto.floats());
    case AttributeProto::STRINGS: return listed(proto.strings());
    case AttributeProto::TENSOR: return decode(proto.t(), where + ", attribute '" + proto.name() + "'", folder);
    default: return graph::Opaque{proto.SerializeAsString()};
  }
}

namespace {

/// Writes one kind of value into an attribute whose value fields are clear.
struct AttributeWriter {
  AttributeProto& proto;
  void operator()(std::int64_t v) const { proto.set_type(AttributeProto::INT), proto.set_i(v); }
  void operator()(float v) const { proto.set_type(AttributeProto::FLOAT), proto.set_f(v); }
  void operator()(const std::string& v) const { proto.set_type(AttributeProto::STRING), proto.set_s(v); }
  void operator()(const std::vector<std::int64_t>& v) const {
    proto.set_type(AttributeProto::INTS);
    for (const std::int64_t x : v) proto.add_ints(x);
  }
  void operator()(const std::vector<float>& v) const {
    proto.set_type(AttributeProto::FLOATS);
    for (const float x : v) proto.add_floats(x);
  }
  void operator()(const std::vector<std::string>& v) const {
    proto.set_type(AttributeProto::STRINGS);
    for (const std::string& x : v) proto.add_strings(x);
  }
  void operator()(const Tensor& v) const {
    proto.set_type(AttributeProto::TENSOR);
    encode(v, *proto.mutable_t());
  }
  void operator()(const graph::Opaque& v) const { proto.ParseFromString(v.bytes); }
};

}  // namespace

void encode(const std::string& name, const graph::Attribute& attribute, AttributeProto& proto) {
  proto.clear_i();
  proto.clear_f();
  proto.clear_s();
  proto.clear_ints();
  proto.clear_floats();
  proto.clear_strings();
  if (!std::holds_alternative<Tensor>(attribute)) proto.clear_t();
  std::visit(AttributeWriter{proto}, attribute);
  proto.set_name(name);
}

graph::Value decode(const ::onnx::ValueInfoProto& proto) {
  graph::Value value{proto.name(), Type::kUndefined, {}, false};
  if (!proto.type().has_tensor_type()) return value;  // a sequence, a map, an optional
  const auto& tensor = proto.type().tensor_type();
  value.type = static_cast<Type>(tensor.elem_type());
  value.ranked = tensor.has_shape();
  for (const auto& dim : tensor.shape().dim())
    value.shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : -1);
  return value;
}

void encode(const graph::Value& value, ::onnx::ValueInfoProto& proto) {
  proto.set_name(value.name);
  if (value.type == Type::kUndefined && !value.ranked) return;
  const graph::Value old = decode(proto);
  if (old.type == value.type && old.ranked == value.ranked && old.shape == value.shape) return;
  auto* tensor = proto.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(static_cast<std::int32_t>(value.type));
  if (!value.ranked) {
    tensor->clear_shape();
    return;
  }
  auto* shape = tensor->mutable_shape();
  if (static_cast<std::size_t>(shape->dim_size()) != value.shape.size()) shape->clear_dim();
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    const bool exists = i < static_cast<std::size_t>(shape->dim_size());
    auto* dim = exists ? shape->mutable_dim(static_cast<int>(i)) : shape->add_dim();
    if (value.shape[i] >= 0)
      dim->set_dim_value(value.shape[i]);
    else if (dim->has_dim_value() || !exists)
      dim->set_dim_param(i == 0 ? "N" : fmt::format("{}_{}", value.name, i));
  }
}

}  // namespace cradle::onnx
