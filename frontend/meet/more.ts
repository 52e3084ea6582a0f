/** What the button "more" offers: for everybody, and for those who facilitate. */

import { moreFromPage } from "./around";
import { type Choice, confirm, type Invitation, openDevices, openInvite, openReactions } from "./dialogs";
import type { Inside } from "./inside";
import { people } from "./people";
import { remember, settings } from "./settings";
import { t } from "./texts";

interface Found extends Invitation {
  may_make_links: boolean;
}

export function moreChoices(inside: Inside): Choice[] {
  const { session } = inside;
  const low = settings().low;
  const choices: Choice[] = [
    { icon: "user-plus", label: t("meet.invite"), act: () => void invite(inside) },
    { icon: "monitor-up", label: t(session.call.me.isScreenShareEnabled ? "meet.share-stop" : "meet.share"), act: () => void inside.share() },
    { icon: "smile", label: t("meet.react"), act: () => openReactions((r) => void session.call.react(r)) },
    { icon: "layout-grid", label: t("meet.change-view"), act: () => view(inside) },
    { icon: "eye-off", label: t("meet.hide-video"), act: () => hideVideo(inside), pressed: session.videoHidden },
    { icon: "user", label: t("meet.hide-self"), act: () => inside.hideSelf(!settings().hideSelf), pressed: settings().hideSelf },
    { icon: "leaf", label: t("meet.low-bandwidth"), act: () => void lowBandwidth(inside, !low), pressed: low },
    { icon: "settings", label: t("meet.devices"), act: () => openDevices((kind, id) => void session.call.device(kind, id || "default")) },
    { icon: "pencil", label: t("meet.change-name"), act: () => inside.rename() },
    { icon: "keyboard", label: t("meet.keys"), act: () => inside.openKeys() },
    { icon: "book-open", label: t("meet.guide"), act: () => undefined, href: "/guide" },
    ...moreFromPage(),
  ];
  return session.facilitates ? [...choices, ...forFacilitators(inside)] : choices;
}

function forFacilitators(inside: Inside): Choice[] {
  const { session } = inside;
  const { locked, moderated } = session.state;
  return [
    { icon: "mic-off", label: t("meet.mute-all"), act: () => void session.act("mute-all") },
    ...(people(session.call, session.state).some((one) => one.muted) ? [{ icon: "mic", label: t("meet.unmute-all"), act: () => void session.act("unmute-all") }] : []),
    { icon: "hand", label: t("meet.moderated"), act: () => void session.act("moderated", { on: !moderated }), pressed: moderated },
    { icon: "lock", label: t("meet.lock"), act: () => void session.act("lock", { on: !locked }), pressed: locked },
    { icon: "phone-off", label: t("meet.end"), danger: true, act: () => confirm(t("meet.end"), t("meet.end-text"), t("meet.end-really"), () => void session.act("end")) },
  ];
}

function view(inside: Inside): void {
  inside.stage.flip();
  inside.refresh();
}

function hideVideo(inside: Inside): void {
  const hidden = !inside.session.videoHidden;
  remember({ noVideo: hidden });
  inside.session.hideVideo(hidden);
  inside.toast(t(hidden ? "meet.video-hidden" : "meet.video-shown"));
  inside.refresh();
}

async function lowBandwidth(inside: Inside, low: boolean): Promise<void> {
  remember({ low });
  inside.entry.low = low;
  inside.session.hideVideo(low);
  if (low && inside.session.call.me.isCameraEnabled) await inside.session.call.camera(false);
  await inside.session.call.lowBandwidth(low);
  inside.toast(t(low ? "meet.low-on" : "meet.low-off"));
  inside.refresh();
}

/** Shows the link and its code; admins of a group may make one for guests. */
export async function invite(inside: Inside, make = false): Promise<void> {
  const link = inside.options.link;
  const found = await inside.session.post<Found>("invite", { link, make });
  if (!found) return;
  const note = t(found.members_only ? "meet.invite-members" : "meet.invite-anybody");
  openInvite(found, note, found.may_make_links && !make ? () => void invite(inside, true) : null);
}
