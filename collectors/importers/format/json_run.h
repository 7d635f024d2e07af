// Elements of a JSON array, many at once: one pass of wide instructions finds every bracket, comma and text of them,
// and then they are read one by one, each as far as somebody asks.
//
// That is several times as fast as to cut each element out and to parse it (json_pieces.h), and less strict: what
// nobody reads of an element is not checked, but for its brackets, its quotes and its encoding. Whatever cannot be read
// this way is left to the careful one.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_RUN_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_RUN_H_

#include <simdjson.h>

#include <cstddef>
#include <functional>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// Where the last comma of `text` is that probably separates two elements of an array which are objects: it is between
// '}' and '{"', or between '}' and the end of a text of which that is known. npos: there is none.
size_t LastElementComma(absl::string_view text, bool may_end_in_it);

// The text of an object that is read to its end with that; empty: it is unsound.
absl::string_view TextOf(simdjson::ondemand::object& object);

class JsonRun {
 public:
  // Takes an object, which begins at this byte of the elements. False: it was not taken, since it must be read in
  // another way: asking it gave an error. One that is taken must be read to its end, or nothing may be kept of it: what
  // is wrong behind that is seen only then, and it is to be read in another way after all.
  using TakeObject = std::function<bool(simdjson::ondemand::object& object, size_t at)>;

  // Finds the structure of `size` bytes, the last of which is the comma behind an element; they are as they were then.
  // One byte before them and one behind are written to, kReadableBehindPiece behind are read. False: they are no
  // elements of an array, or not sound JSON.
  bool Index(char* elements, size_t size);

  // Hands on one element after the other. Returns the byte that reading is to go on with: of the last comma, where all
  // were taken; else of the element that was not, or is no object, or is unsound; or of the bracket that ends the
  // array, or of whatever stands behind an element instead. Once for each Index that was successful.
  size_t ForEach(const TakeObject& take);

 private:
  // As ForEach, before the text is restored.
  const char* Read(const TakeObject& take);

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  char* elements_ = nullptr;
  size_t size_ = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_RUN_H_
