#include "collectors/stream/spool_scan.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

using ReadAt = absl::FunctionRef<absl::StatusOr<std::string>(uint64_t offset, size_t size)>;

struct Frame {
  FrameKind kind;
  std::string content;
};

class Scanner {
 public:
  Scanner(const std::string& name, uint64_t file_bytes, ReadAt read)
      : name_(name), file_bytes_(file_bytes), read_(read) {}

  absl::StatusOr<SpoolContents> Scan() {
    for (const auto step : {&Scanner::ReadBeginning, &Scanner::ReadMarks, &Scanner::ReadFrames}) {
      if (absl::Status status = (this->*step)(); !status.ok()) return status;
    }
    return std::move(contents_);
  }

 private:
  absl::Status Damaged(uint64_t offset, absl::string_view what) const {
    return absl::DataLossError(absl::StrCat("the spool file ", name_, " is damaged at byte ", offset, ": ", what,
                                            "; restore it from a copy, or remove it and record the trace again"));
  }

  // The frame at `offset`; nothing: the file has a torn tail from there on.
  absl::StatusOr<std::optional<Frame>> ReadFrame(uint64_t offset) {
    const uint64_t left = file_bytes_ - offset;
    if (left < kFrameHeadBytes) return std::nullopt;
    const absl::StatusOr<std::string> bytes = read_(offset, kFrameHeadBytes);
    if (!bytes.ok()) return bytes.status();
    const std::optional<FrameHead> head = DecodeFrameHead(*bytes, offset);
    if (!head) {
      const absl::StatusOr<bool> zeros = OnlyZerosFrom(offset);
      if (!zeros.ok()) return zeros.status();
      if (*zeros) return std::nullopt;
      return Damaged(offset, "this is not the beginning of a frame");
    }
    if (head->content_bytes > left - kFrameHeadBytes) return std::nullopt;
    absl::StatusOr<std::string> content = read_(offset + kFrameHeadBytes, head->content_bytes);
    if (!content.ok()) return content.status();
    if (ContentMatches(*head, *content)) return Frame{head->kind, *std::move(content)};
    if (head->content_bytes == left - kFrameHeadBytes) return std::nullopt;
    return Damaged(offset, "the frame's content does not match its checksum");
  }

  absl::StatusOr<bool> OnlyZerosFrom(uint64_t offset) {
    constexpr uint64_t kPiece = 1 << 20;
    for (; offset < file_bytes_; offset += kPiece) {
      const absl::StatusOr<std::string> bytes = read_(offset, std::min(kPiece, file_bytes_ - offset));
      if (!bytes.ok()) return bytes.status();
      if (bytes->find_first_not_of('\0') != std::string::npos) return false;
    }
    return true;
  }

  absl::Status ReadBeginning() {
    const absl::StatusOr<std::string> magic = read_(0, std::min<uint64_t>(file_bytes_, kSpoolMagic.size()));
    if (!magic.ok()) return magic.status();
    if (*magic != kSpoolMagic) {
      return absl::InvalidArgumentError(
          absl::StrCat(name_, " is not a spool file of version ", static_cast<int>(kSpoolMagic.back()),
                       ": use the version of sandglass-collect that wrote it, or move it away"));
    }
    const absl::StatusOr<std::optional<Frame>> frame = ReadFrame(kSpoolMagic.size());
    if (!frame.ok()) return frame.status();
    std::optional<SpoolHeader> header;
    if (*frame && (*frame)->kind == FrameKind::kHeader) header = DecodeSpoolHeader((*frame)->content);
    if (!header) return Damaged(kSpoolMagic.size(), "the header is missing");
    contents_.header = *std::move(header);
    contents_.marks_offset = kSpoolMagic.size() + kFrameHeadBytes + (*frame)->content.size();
    return absl::OkStatus();
  }

  absl::Status ReadMarks() {
    const uint64_t marks_end = contents_.marks_offset + kMarkPlaces * kMarkBytes;
    if (marks_end > file_bytes_) return Damaged(contents_.marks_offset, "the marks are missing");
    std::optional<SpoolMark> newest;
    for (uint64_t place = 0; place < kMarkPlaces; ++place) {
      const absl::StatusOr<std::string> bytes = read_(contents_.marks_offset + place * kMarkBytes, kMarkBytes);
      if (!bytes.ok()) return bytes.status();
      const std::optional<SpoolMark> mark = DecodeMark(*bytes);
      // The other one is whole if a crash tore this one.
      if (!mark || mark->generation % kMarkPlaces != place) continue;
      if (!newest || mark->generation > newest->generation) newest = mark;
    }
    if (!newest || newest->first_seq == 0 || newest->first_offset < marks_end || newest->first_offset > file_bytes_) {
      return Damaged(contents_.marks_offset, "no mark is sound");
    }
    contents_.header.open.set_client_key(newest->client_key);
    contents_.mark = *std::move(newest);
    return absl::OkStatus();
  }

  absl::Status ReadFrames() {
    contents_.operators = contents_.mark.first_operator;
    contents_.chain = contents_.mark.chain_before;
    contents_.end = contents_.mark.first_offset;
    while (contents_.end < file_bytes_) {
      const absl::StatusOr<std::optional<Frame>> frame = ReadFrame(contents_.end);
      if (!frame.ok()) return frame.status();
      if (!*frame) break;
      if (absl::Status status = Take(**frame); !status.ok()) return status;
      contents_.end += kFrameHeadBytes + (*frame)->content.size();
    }
    contents_.torn_bytes = file_bytes_ - contents_.end;
    return absl::OkStatus();
  }

  absl::Status Take(const Frame& frame) {
    if (contents_.summary) return Damaged(contents_.end, "a frame follows the summary");
    if (frame.kind == FrameKind::kSummary) {
      if (contents_.summary.emplace().ParseFromString(frame.content)) return absl::OkStatus();
      return Damaged(contents_.end, "the summary is not a message");
    }
    std::optional<PackedChunk> packed;
    if (frame.kind == FrameKind::kChunk) packed = DecodeSpoolChunk(frame.content);
    if (!packed) return Damaged(contents_.end, "the frame is not a chunk");
    const v1::Chunk& chunk = packed->chunk();
    if (chunk.seq() != contents_.mark.first_seq + contents_.offsets.size() ||
        chunk.first_operator() != contents_.operators) {
      return Damaged(contents_.end, absl::StrCat("chunk ", chunk.seq(), " is not the next one"));
    }
    contents_.offsets.push_back(contents_.end);
    contents_.operators += chunk.operators();
    contents_.chain = packed->chain;
    return absl::OkStatus();
  }

  const std::string& name_;
  const uint64_t file_bytes_;
  const ReadAt read_;
  SpoolContents contents_;
};

}  // namespace

absl::StatusOr<SpoolContents> ScanSpool(const std::string& name, uint64_t file_bytes, ReadAt read) {
  return Scanner(name, file_bytes, read).Scan();
}

}  // namespace sandglass::collectors
