// Values as JSON and YAML, and text that is safe on a terminal. For what the library has no to_json of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

class Document {
 public:
  using Map = std::vector<std::pair<std::string, Document>>;
  using List = std::vector<Document>;

  Document(std::string_view text);
  Document(const std::string& text) : Document(std::string_view(text)) {}
  Document(const char* text) : Document(std::string_view(text)) {}
  Document(std::int64_t number) : kind_(Kind::scalar), scalar_(std::to_string(number)) {}
  Document(std::uint64_t number) : kind_(Kind::scalar), scalar_(std::to_string(number)) {}
  Document(Map map) : kind_(Kind::map), map_(std::move(map)) {}
  Document(List list);

  // Both end with a newline.
  std::string json() const;
  std::string yaml() const;

 private:
  enum class Kind { scalar, map, list };
  void append_json(std::string& out, std::size_t indent) const;
  void append_yaml(std::string& out, std::size_t indent) const;

  Kind kind_;
  std::string scalar_;  // as JSON
  Map map_;             // of a list: values with empty keys
};

// Texts that are JSON or YAML documents themselves, as one list.
std::string json_list(const std::vector<std::string>& documents);
std::string yaml_list(const std::vector<std::string>& documents);

// A JSON string, which is a YAML string as well. What is not UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

// Control characters, marks that change the direction of text, and broken UTF-8 as \n, \x1b, \u202e: a name from an archive must
// not drive the terminal or forge a line.
std::string printable(std::string_view text);
// The same, but lines stay lines.
std::string printable_lines(std::string_view text);
// printable, in double quotes.
std::string quoted(std::string_view text);

}  // namespace cli
