// Cameras for pictures: calm drawn portraits instead of a test pattern.

/** Runs in the page before its scripts: a camera that shows somebody drawn from `look`. */
export function drawCamera(look) {
  const media = navigator.mediaDevices;
  const asked = media.getUserMedia.bind(media);
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  const c = canvas.getContext("2d");
  const disc = (colour, x, y, w, h = w) => {
    c.fillStyle = colour;
    c.beginPath();
    c.ellipse(x, y, w, h, 0, 0, Math.PI * 2);
    c.fill();
  };
  const room = () => {
    c.fillStyle = look.wall;
    c.fillRect(0, 0, 640, 360);
    c.fillStyle = look.shelf;
    c.fillRect(look.left ? 20 : 440, 60, 180, 10);
    c.fillRect(look.left ? 20 : 440, 150, 180, 10);
    look.books.forEach((colour, n) => {
      c.fillStyle = colour;
      c.fillRect((look.left ? 30 : 450) + n * 22, 60 - 38 - (n % 3) * 5, 16, 38 + (n % 3) * 5);
    });
  };
  const person = (sway) => {
    const x = 320 + sway;
    disc(look.hair, x, 165, look.long ? 84 : 74, look.long ? 120 : 84);
    disc(look.shirt, 320, 392, 190, 130);
    c.fillStyle = look.skin;
    c.fillRect(x - 26, 225, 52, 60);
    disc(look.skin, x, 180, 62, 76);
    disc(look.hair, x, 120, 66, 34);
    disc("#1d1a18", x - 23, 178, 5);
    disc("#1d1a18", x + 23, 178, 5);
    c.strokeStyle = "#5a3630";
    c.lineWidth = 4;
    c.beginPath();
    c.arc(x, 204, 22, 0.25 * Math.PI, 0.75 * Math.PI);
    c.stroke();
    if (!look.headset) return;
    c.strokeStyle = "#23262a";
    c.lineWidth = 9;
    c.beginPath();
    c.arc(x, 172, 76, Math.PI * 1.02, Math.PI * 1.98);
    c.stroke();
    disc("#23262a", x - 74, 186, 15, 24);
    disc("#23262a", x + 74, 186, 15, 24);
  };
  const draw = () => {
    room();
    person(Math.sin(performance.now() / 900 + look.phase) * 3);
  };
  draw();
  setInterval(draw, 100);
  media.getUserMedia = async (wish) => {
    if (!wish?.video) return asked(wish);
    const stream = canvas.captureStream(10);
    if (wish.audio) for (const track of (await asked({ audio: wish.audio })).getAudioTracks()) stream.addTrack(track);
    return stream;
  };
}

const BOOKS = ["#8a3b2e", "#2f5d50", "#c79a3b", "#3d4f6b", "#7a5a7c", "#506b2f", "#b5673c"];

export const LOOKS = [
  { wall: "#d8cdb8", shelf: "#8b6b4a", skin: "#d9a685", hair: "#3b2a20", shirt: "#1f5c46", long: true, headset: true },
  { wall: "#b9c7c9", shelf: "#6d7c80", skin: "#8a5a3c", hair: "#17120f", shirt: "#c98a2b", long: false, headset: false },
  { wall: "#e3d3c9", shelf: "#a3795c", skin: "#eec4a5", hair: "#b0562c", shirt: "#37506e", long: true, headset: false },
  { wall: "#c9d1b8", shelf: "#71804f", skin: "#b97f56", hair: "#2a2320", shirt: "#7c3b3b", long: false, headset: true },
  { wall: "#d5cfdd", shelf: "#7f7393", skin: "#f0cdb4", hair: "#8f8a84", shirt: "#4c5b45", long: false, headset: false },
  { wall: "#cfd8de", shelf: "#5c7284", skin: "#6d4630", hair: "#0f0d0c", shirt: "#d0b24a", long: true, headset: true },
].map((look, n) => ({ ...look, books: BOOKS.slice(n % 3, (n % 3) + 6), left: n % 2 === 0, phase: n }));
